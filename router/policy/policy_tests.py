"""The tests that stand in policies, run: the same decision as the server's, with the expectation held against it.

Invariant: a test fails or passes and says why; a name that does not exist fails it. A model that is down fails when it
is called, as on a server: what was decided stands, and the next one that is consented to answers. Ramps are left out,
since a policy's test is about what the policy chooses.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import blake2b
from typing import Any

from router.config.cross_references import selects
from router.config.scalars import parted_step
from router.decision.budgets import group, label
from router.decision.conditions import Facts, effective, facts_of, holds
from router.decision.counts.named_phrases import said_in
from router.decision.decide import decide
from router.decision.fallback import Try, next_step
from router.decision.names.successors import succeeded
from router.decision.ramp_split import USER_PART
from router.decision.resolve import resolve
from router.errors import AttemptsExhausted, BadRequest, BudgetExceeded, NoCandidate, RouterError
from router.policy.describe import listed
from router.suggest import nearest
from router.types import (
    STATED,
    Ask,
    Attempt,
    Caller,
    Candidate,
    Config,
    Decision,
    Expect,
    Features,
    Given,
    Model,
    Policy,
    Situation,
    Source,
    Trial,
)

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
    effort: str | None = None
    max_output: int = 0


def try_policies(config: Config, read: ReadText, day: date) -> tuple[Tried, ...]:
    """Run every test of every policy, at the prices of a day."""
    still = replace(config, ramps=())
    return tuple(
        try_one(name, position, trial, still, read, day)
        for name, policy in config.policies.items()
        for position, trial in enumerate(policy.tests)
    )


def try_one(name: str, position: int, trial: Trial, config: Config, read: ReadText, day: date) -> Tried:
    """Run one test under a configuration that has no ramps."""
    came = _run(name, trial.given, config, read, day)
    faults = _faults(trial.expect, came, config)
    why = _why(trial.expect, came, config)
    sentence = f"{'; '.join(faults)}; but {came.sentence}{why}" if faults else came.sentence
    return Tried(name, position, trial, not faults, sentence)


def _run(name: str, given: Given, config: Config, read: ReadText, day: date) -> _Came:
    rules: tuple[str, ...] = ()
    unknown: dict[str, str] = {}
    try:
        features, ask, situation = considered(name, given, config, read, day)
        down = _down(given, config)
        facts = facts_of(features, succeeded(ask, features.needs, situation, config), situation)
        rules, unknown = effective(config.policies[name], facts)[1], _unknown(config.policies[name], facts)
        decision = decide(features, ask, situation, config)
    except RouterError as error:
        candidates, sentence = _refused(error)
        # A request that is too long has a code of its own for clients.
        code = NoCandidate.code if isinstance(error, NoCandidate) else error.code
        return _Came(f"the error {code} came: {sentence}", candidates, rules, unknown, error=code)
    candidates = tuple(c.coded("unhealthy") if c.model in down and not c.excluded else c for c in decision.candidates)
    served = _served(decision, down)
    if served is None:
        sentence = f"the error {AttemptsExhausted.code} came: {_failed(decision, down)}"
        return _Came(sentence, candidates, rules, unknown, error=AttemptsExhausted.code)
    verb = "was chosen" if served == decision.chosen else f"answered, since {_failed(decision, down)}"
    effort, limit = decision.effort or features.effort, decision.max_output or features.output_limit
    return _Came(f"{served} {verb}", candidates, rules, unknown, served, None, effort, limit)


def unit_for(conversation: str, user: str) -> str:
    """A unit such as the server makes, of hashes without a secret: that of nobody's conversation has one of its own."""
    parts = (user or conversation, conversation)
    return "".join(blake2b(f"{bool(user)}{part}".encode(), digest_size=USER_PART // 2).hexdigest() for part in parts)


def considered(name: str, given: Given, config: Config, read: ReadText, day: date) -> tuple[Features, Ask, Situation]:
    """What a test's request is decided from; raises RouterError."""
    features, caller = features_of(given, read), Caller(**_stated(given, "caller"))
    if given.text is not None and not features.says:
        features = replace(features, says=said_in(given.text, config.phrases))
    policy, unit = name if given.model else None, unit_for("", given.user or "")
    asked, task = given.model or name, features.task
    ask = resolve(asked, config, policy=policy, consent=given.consent, caller=caller, unit=unit, task=task)
    return features, ask, _situation(given, config.policies[name], config, day)


def _refused(error: RouterError) -> tuple[tuple[Candidate, ...], str]:
    """Whom an error excludes, and all that an operator may know of why."""
    if isinstance(error, NoCandidate | BudgetExceeded):
        return error.candidates, error.full
    return (), error.message


def _served(decision: Decision, down: Collection[str]) -> str | None:
    """Who answers where some models fail; None where the server would give up."""
    attempts: list[Attempt] = []
    while isinstance(step := next_step(decision, attempts), Try):
        if step.model not in down:
            return step.model
        attempts.append(Attempt(step.model, "unavailable", 0.0, deployment=step.deployment))
    return None


def _failed(decision: Decision, down: Collection[str]) -> str:
    tried = [model for model in (decision.chosen, *decision.fallbacks) if model in down]
    rest = "" if decision.fallbacks else f", and consent {decision.consent!r} leaves no other"
    return f"{listed(tried, ' and ')} {'is' if len(tried) == 1 else 'are'} down{rest}"


def _unknown(policy: Policy, facts: Facts) -> dict[str, str]:
    return {
        guard.name: " and ".join(test.subject for test in guard.when.tests if facts[test.subject] is None)
        for guard in policy.guards
        if holds(guard.when, facts, unknown=True) and not holds(guard.when, facts)
    }


def features_of(given: Given, read: ReadText) -> Features:
    """What a test's request is: what is read of its text, with what is given beside it put in its place."""
    features = _ORDINARY if given.text is None else read(given.text)
    return replace(features, **_stated(given, "features"))


def _stated(given: Given, source: Source) -> dict[str, Any]:
    """The fields of a record that a test states."""
    said: dict[str, Any] = {fact.field: getattr(given, fact.name) for fact in STATED if fact.source == source}
    return {field: value for field, value in said.items() if value not in (None, ())}


def _situation(given: Given, policy: Policy, config: Config, day: date) -> Situation:
    spent = [budget for word in given.spent for budget in spent_labels(word, policy, config.models)]
    return Situation(day, spent=tuple(spent), **_stated(given, "situation"))


def _down(given: Given, config: Config) -> frozenset[str]:
    for glob in given.down:
        if not any(selects(glob, model) for model in config.models):
            known = [model.id for model in config.models]
            raise BadRequest(f"`down`: {glob!r} matches no model.{nearest(glob, known)}")
    return frozenset(model.id for model in config.models if any(selects(glob, model) for glob in given.down))


def spent_labels(word: str, policy: Policy, models: Sequence[Model]) -> Iterable[str]:
    """How a situation names the budget that a test means: `month`, `balanced/month`, `month@gpt-5`, `month at 90 %`.

    Of a budget with steps, those that are reached by then: at its limit unless said.
    """
    name, _, only = word.partition("@")
    whole, used = parted_step(name)
    meant = [
        budget
        for budget in policy.budgets
        if (whole in (budget.shared, budget.book) if budget.shared else name in (budget.name, budget.id))
    ]
    rows = [model for model in models if any(only in ("", model.id, group(budget, model)) for budget in meant)]
    if not rows:
        known = list(dict.fromkeys(budget.shared or budget.name for budget in policy.budgets))
        hint = nearest(name, known) if known else " It has no budgets."
        raise BadRequest(f"`spent`: no budget of this policy is called {word!r}.{hint}")
    reached = [budget for budget in meant if not budget.shared or budget.at <= used]
    return sorted({label(budget, model) for budget in reached for model in rows})


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
    if came.error is None and expect.effort not in (None, came.effort):
        faults.append(f"expected the effort {expect.effort} and {came.effort or 'none'} is sent")
    if came.error is None and expect.max_output not in (None, came.max_output):
        faults.append(f"expected a max_output of {expect.max_output} and {came.max_output or 'none'} is sent")
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
