"""The tests that stand in policies, run: the same decision as the server's, with the expectation held against it.

Invariant: a test fails or passes and says why; a name that does not exist fails it. Ramps are left out, since a
policy's test is about what the policy chooses.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from router.config.cross_references import selects
from router.decision.budgets import label
from router.decision.conditions import Facts, effective, facts_of, holds
from router.decision.decide import decide
from router.decision.resolve import resolve
from router.errors import BadRequest, BudgetExceeded, NoCandidate, RouterError
from router.policy.describe import listed
from router.suggest import nearest
from router.types import FACTS, Caller, Candidate, Config, Expect, Features, Given, Policy, Situation, Source, Trial

ReadText = Callable[[str], Features]
# Of a request that is not given as a text, what is not said.
_ORDINARY = Features(
    task="chat",
    task_probability=1.0,
    difficulty=0.0,
    difficulty_error=0.0,
    language="en",
    input_tokens=200,
    input_tokens_error=0.0,
    output_tokens=200,
    output_limit=0,
    choices=1,
    needs=(),
)
_READ: dict[str, str] = {fact.name: fact.field for fact in FACTS if fact.source == "features" and fact.kind != "level"}
_READ["output_tokens"] = "output_tokens"


@dataclass(frozen=True, slots=True)
class Tried:
    """A test that was run: `position` counts from 0 in its policy, `sentence` says what came and why."""

    policy: str
    position: int
    trial: Trial
    passed: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class _Came:
    """What a request came to: a model or the code of an error, in words too, with the rules that applied.

    `unknown` names the guards that applied because something was not given, each with what that was.
    """

    sentence: str
    candidates: tuple[Candidate, ...]
    rules: tuple[str, ...]
    unknown: Mapping[str, str]
    chosen: str | None = None
    error: str | None = None


def try_policies(config: Config, read: ReadText, day: date) -> tuple[Tried, ...]:
    """Run every test of every policy, at the prices of a day."""
    still = replace(config, ramps=())
    return tuple(
        _try(name, position, trial, still, read, day)
        for name, policy in config.policies.items()
        for position, trial in enumerate(policy.tests)
    )


def _try(name: str, position: int, trial: Trial, config: Config, read: ReadText, day: date) -> Tried:
    came = _run(name, trial.given, config, read, day)
    faults = _faults(trial.expect, came, config)
    why = _why(trial.expect, came, config)
    sentence = f"{'; '.join(faults)}; but {came.sentence}{why}" if faults else came.sentence
    return Tried(name, position, trial, not faults, sentence)


def _run(name: str, given: Given, config: Config, read: ReadText, day: date) -> _Came:
    features = features_of(given, read)
    rules: tuple[str, ...] = ()
    unknown: dict[str, str] = {}
    try:
        caller = Caller(**_stated(given, "caller"))
        policy = name if given.model else None
        ask = resolve(given.model or name, config, policy=policy, consent=given.consent, caller=caller)
        situation = _situation(given, config.policies[name], config, day)
        facts = facts_of(features, ask, situation)
        rules, unknown = effective(config.policies[name], facts)[1], _unknown(config.policies[name], facts)
        decision = decide(features, ask, situation, config)
    except RouterError as error:
        candidates = error.candidates if isinstance(error, NoCandidate | BudgetExceeded) else ()
        return _Came(f"the error {error.code} came: {error.message}", candidates, rules, unknown, error=error.code)
    return _Came(f"{decision.chosen} was chosen", decision.candidates, rules, unknown, decision.chosen)


def _unknown(policy: Policy, facts: Facts) -> dict[str, str]:
    return {
        guard.name: " and ".join(test.subject for test in guard.when.tests if facts[test.subject] is None)
        for guard in policy.guards
        if holds(guard.when, facts, unknown=True) and not holds(guard.when, facts)
    }


def features_of(given: Given, read: ReadText) -> Features:
    """What a test's request is: what is read of its text, with what is given beside it put in its place."""
    features = _ORDINARY if given.text is None else read(given.text)
    said: dict[str, Any] = {field: getattr(given, name) for name, field in _READ.items()}
    return replace(features, **{field: value for field, value in said.items() if value not in (None, ())})


def _stated(given: Given, source: Source) -> dict[str, Any]:
    """The fields of a record that a test states."""
    return {fact.field: getattr(given, fact.name) for fact in FACTS if fact.source == source}


def _situation(given: Given, policy: Policy, config: Config, day: date) -> Situation:
    models = [model.id for model in config.models]
    down = [model.id for model in config.models if any(selects(glob, model) for glob in given.down)]
    for glob in given.down:
        if not any(selects(glob, model) for model in config.models):
            raise BadRequest(f"`down`: {glob!r} matches no model.{nearest(glob, models)}")
    spent = [found for word in given.spent for found in _labels(word, policy, models)]
    return Situation(day, tuple(down), spent=tuple(spent), **_stated(given, "situation"))


def _labels(word: str, policy: Policy, models: list[str]) -> Iterable[str]:
    """How a situation names the budget that a test means: `month`, `balanced/month`, `month@gpt-5`."""
    name, _, only = word.partition("@")
    budgets = [budget for budget in policy.budgets if name in (budget.name, budget.id)]
    found = {label(budget, model) for budget in budgets for model in models if only in ("", model)}
    if not found:
        known = [budget.name for budget in policy.budgets]
        hint = nearest(name, known) if known else " It has no budgets."
        raise BadRequest(f"`spent`: no budget of this policy is called {word!r}.{hint}")
    return sorted(found)


def _faults(expect: Expect, came: _Came, config: Config) -> list[str]:
    """Each expectation that did not come true, in words."""
    faults = []
    if expect.error is not None and came.error != expect.error:
        faults.append(f"expected the error {expect.error}")
    if (wanted := _wanted(expect, config)) is not None and came.chosen not in wanted:
        faults.append(f"expected {_words(expect)}")
    if able := [c.model for c in came.candidates if c.model in (expect.excluded or ()) and not c.excluded]:
        faults.append(f"expected {listed(able, ' and ')} to be excluded")
    if expect.rules is not None and set(expect.rules) != set(came.rules):
        applied = f"{listed(came.rules, ' and ')} applied" if came.rules else "none applied"
        faults.append(f"expected the rules {listed(expect.rules, ' and ')} and {applied}")
    if came.error is not None and expect.error is None and not faults:
        faults.append("expected an answer")
    return faults


def _wanted(expect: Expect, config: Config) -> set[str] | None:
    """The models that may be chosen, or None where the test does not say."""
    if expect.model is None and expect.owner is None and expect.family is None:
        return None
    return {
        model.id
        for model in config.models
        if (expect.model is None or model.id in expect.model)
        and (expect.owner is None or model.owner in expect.owner)
        and (expect.family is None or model.family in expect.family)
    }


def _words(expect: Expect) -> str:
    parts = (("model", expect.model), ("owner", expect.owner), ("family", expect.family))
    return ", ".join(f"{key} {listed(words)}" for key, words in parts if words is not None)


def _why(expect: Expect, came: _Came, config: Config) -> str:
    """What kept the expected models from being chosen, by their codes."""
    wanted = _wanted(expect, config) or ()
    if came.error is not None or came.chosen in wanted:
        return _assumed(came, [])
    lost = [candidate for candidate in came.candidates if candidate.model in wanted]
    codes = [f"{c.model}: {c.code}{f' ({c.detail})' if c.detail else ''}" for c in lost]
    return (f" [{'; '.join(codes)}]" if codes else "") + _assumed(came, lost)


def _assumed(came: _Came, lost: Sequence[Candidate]) -> str:
    """Which of the guards that barred these models did so because a test does not say enough."""
    bars = {candidate.detail for candidate in lost or came.candidates if candidate.code == "guard"}
    said = [(name, what) for name, what in came.unknown.items() if name in bars]
    return "".join(f". The guard {name!r} applies since {what} is not given" for name, what in said)
