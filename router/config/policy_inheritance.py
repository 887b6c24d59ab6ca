"""Policies as they are written become policies as they decide: merged, expanded, compiled.

Invariant: a policy extends one other, which extends none; guards, rules and budgets of the two are joined, the
extended one's first, so that nobody loses a guard by extending; everything else that is written replaces.
"""

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from router.config.cross_references import Fit
from router.config.files.yaml_source import Path_
from router.config.policies_file import PoliciesFile, PolicyWritten
from router.config.policy_compiler import Compiler, cost_cap, effort_rule, latency_cap, minutes, price_cap, seconds
from router.decision.counts.named_phrases import MOST_PHRASES
from router.suggest import nearest
from router.types import Policy

FILE = "policies.yaml"
# What a policy that extends another takes from it, unless it says otherwise; names and tests are its own.
INHERITED = (
    "because",
    "band",
    "optimize",
    "models",
    "prefer",
    "fallback",
    "consent",
    "disclosure",
    "charge",
    "max_price",
    "max_cost",
    "effort",
    "max_output",
    "max_latency",
    "healthy_for",
    "cache_for",
)
_COMPILED: Mapping[str, Callable[[Any], Any]] = {
    "max_price": price_cap,
    "max_cost": cost_cap,
    "effort": effort_rule,
    "max_latency": latency_cap,
    "healthy_for": minutes,
    "cache_for": seconds,
}
_JOINED = ("guards", "rules", "budgets")


class Policies:
    """Makes the policies of a file; faults are collected in the fit."""

    def __init__(self, file: PoliciesFile, fit: Fit) -> None:
        self.file = file
        self.fit = fit
        self.compiler = Compiler(fit, FILE, tuple(file.policies))

    def build(self) -> dict[str, Policy]:
        """Every policy, by its name."""
        self._names()
        self._phrases()
        self._zone()
        guards = self.compiler.guards(self.file.guards, ("guards",))
        budgets = self.compiler.budgets(self.file.budgets, ("budgets",), "*")
        own = {name: self._own(name, written) for name, written in self.file.policies.items()}
        return {name: self._whole(name, own, guards, budgets) for name in own}

    def _names(self) -> None:
        if self.file.default not in self.file.policies:
            sentence = f"no policy is called {self.file.default!r}."
            self.fit.fault(FILE, ("default",), sentence, nearest(self.file.default, self.file.policies))
        taken: dict[str, str] = {"auto": "the default policy", **dict.fromkeys(self.fit.models, "a model")}
        for name, policy in self.file.policies.items():
            for word in (name, *(policy.aliases or ())):
                if word in taken:
                    sentence = f"the name {word!r} is taken by {taken[word]}"
                    self.fit.fault(FILE, ("policies", name), sentence, code="taken-name")
                taken[word] = f"policy {name!r}"
        self._aliases(taken)

    def _aliases(self, taken: Mapping[str, str]) -> None:
        """Patterns that lead to nothing, or that a name always goes before."""
        for pattern, target in self.file.aliases.items():
            path = ("aliases", pattern)
            if target not in taken and target not in self.fit.aliases:
                sentence = f"no model or policy is called {target!r}."
                self.fit.fault(FILE, path, sentence, nearest(target, taken))
            if pattern in taken:
                sentence = f"the name {pattern!r} is taken by {taken[pattern]}"
                self.fit.fault(FILE, path, sentence, code="taken-name")

    def _phrases(self) -> None:
        """Not more than can be looked for in every request."""
        count = sum(map(len, self.file.phrases.values()))
        if count > MOST_PHRASES:
            sentence = f"{count} phrases are too many to look for in every request: {MOST_PHRASES} are the most"
            self.fit.fault(FILE, ("phrases",), sentence, code="wrong-value")

    def _zone(self) -> None:
        try:
            ZoneInfo(self.file.timezone)
        except (KeyError, ValueError, OSError):
            sentence = f"no timezone is called {self.file.timezone!r}; an example is 'Asia/Seoul'"
            self.fit.fault(FILE, ("timezone",), sentence)

    def _own(self, name: str, written: PolicyWritten) -> dict[str, Any]:
        """What a policy says itself."""
        path: Path_ = ("policies", name)
        compiler, fit = self.compiler, self.fit
        said = {key: getattr(written, key) for key in INHERITED if getattr(written, key) is not None}
        if "models" in said:
            said["models"] = fit.expand(said["models"], FILE, (*path, "models"))
        if "prefer" in said:
            said["prefer"] = fit.ranks(said["prefer"], FILE, (*path, "prefer"))
        if "fallback" in said:
            said["fallback"] = compiler.fallback(said["fallback"], (*path, "fallback"))
        said |= {key: compiled(said[key]) for key, compiled in _COMPILED.items() if key in said}
        return {
            **said,
            "extends": written.extends,
            "aliases": written.aliases or (),
            "floors": written.floors,
            "guards": compiler.guards(written.guards, (*path, "guards")),
            "rules": compiler.rules(written.rules, (*path, "rules")),
            "budgets": compiler.budgets(written.budgets, (*path, "budgets"), name),
            "tests": compiler.trials(written.tests, (*path, "tests")),
        }

    def _whole(self, name: str, own: Mapping[str, Mapping[str, Any]], guards: Any, budgets: Any) -> Policy:
        said = dict(own[name])
        base = self._base(name, said["extends"], own)
        for key in INHERITED:
            if key not in said and key in base:
                said[key] = base[key]
        for key in _JOINED:
            said[key] = (*base.get(key, ()), *said[key])
        said["floors"] = {**base.get("floors", {}), **said["floors"]}
        for key in ("because", "band"):
            if key not in said:
                sentence = f"the key {key!r} is missing in policies.{name}"
                self.fit.fault(FILE, ("policies", name, key), sentence, code="missing-key")
                said[key] = "" if key == "because" else 0.0
        said["guards"] = (*guards, *said["guards"])
        said["budgets"] = (*budgets, *said["budgets"])
        for key, what in (("guards", "guards"), ("rules", "rules"), ("budgets", "budgets")):
            self.fit.unique([part.name for part in said[key]], FILE, ("policies", name, key), what)
        return Policy(**said)

    def _base(self, name: str, extends: str | None, own: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
        if extends is None:
            return {}
        path: Path_ = ("policies", name, "extends")
        if extends not in own:
            self.fit.fault(FILE, path, f"no policy is called {extends!r}.", nearest(extends, own))
            return {}
        if extends == name or own[extends]["extends"] is not None:
            sentence = f"{extends!r} extends another policy itself: a policy may extend one that extends none"
            self.fit.fault(FILE, path, sentence, code="extends")
            return {}
        return own[extends]


def prefers_in_order(file: PoliciesFile) -> bool:
    """Whether a list after `prefer` has several ranks somewhere in a file."""
    lists = [
        written
        for policy in file.policies.values()
        for written in (
            policy.prefer,
            *(rule.prefer for rule in policy.rules),
            *(rule.set.prefer for rule in policy.rules if rule.set is not None),
        )
    ]
    return any(written is not None and len(written) > 1 for written in lists)
