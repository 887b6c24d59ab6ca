"""Policies as they are written become policies as they decide: merged, expanded, compiled.

Invariant: a policy extends one other, which extends none; guards, rules and budgets of the two are joined, the
extended one's first, so that nobody loses a guard by extending; everything else that is written replaces.
"""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from router.config.cross_references import Fit
from router.config.files.yaml_source import Path_
from router.config.policies_file import PoliciesFile, PolicyWritten
from router.config.policy_compiler import Compiler
from router.suggest import nearest
from router.types import Policy

FILE = "policies.yaml"
# What a policy that extends another takes from it, unless it says otherwise; names and tests are its own.
_INHERITED = ("because", "band", "optimize", "models", "prefer", "consent", "disclosure", "charge")
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
        said = {key: getattr(written, key) for key in _INHERITED if getattr(written, key) is not None}
        for key in ("models", "prefer"):
            if key in said:
                said[key] = fit.expand(said[key], FILE, (*path, key))
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
        for key in _INHERITED:
            if key not in said and key in base:
                said[key] = base[key]
        for key in _JOINED:
            said[key] = (*base.get(key, ()), *said[key])
        said["floors"] = {**base.get("floors", {}), **said["floors"]}
        for key in ("because", "band"):
            if key not in said:
                self.fit.fault(
                    FILE, ("policies", name), f"the key {key!r} is missing in policies.{name}", "", "missing-key"
                )
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
