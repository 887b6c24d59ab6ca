"""What of a configuration is for a time: rules, guards and raises with a beginning or an end, and models that retire.

Invariant: a part is in force at exactly the moments at which it acts in a decision.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from router.policy.written_values import dates
from router.types import MINUTES_A_DAY, Between, Condition, Config

Standing = Literal["to come", "in force", "over"]


@dataclass(frozen=True, slots=True)
class Temporary:
    """A part that is for a time; `span` says from when and until when, as a file does."""

    policy: str
    part: Literal["rule", "guard", "raise", "model"]
    name: str
    standing: Standing
    span: str

    @property
    def sentence(self) -> str:
        """The part in a line."""
        home = f"{self.policy}: " if self.policy else ""
        return f"{home}{self.part} {self.name}, {self.span}: {self.standing}"


def temporary(config: Config, moment: int) -> tuple[Temporary, ...]:
    """Each such part, at a minute of the calendar of the configuration's timezone; what several policies share once."""
    seen: dict[tuple[str, str, float, float], Temporary] = {}
    for policy, part, name, start, end in (*_parts(config), *_models(config)):
        standing: Standing = "to come" if moment < start else "over" if moment > end else "in force"
        span = " ".join(f"{key} {word}" for key, word in dates(Between("date", start, end)).items())
        if (part, name, start, end) in seen:
            continue
        seen[part, name, start, end] = Temporary(policy, part, name, standing, span)
    return tuple(seen.values())


Part = tuple[str, Literal["rule", "guard", "raise", "model"], str, float, float]


def _parts(config: Config) -> Iterator[Part]:
    for policy, row in config.policies.items():
        for rule in row.rules:
            yield from ((policy, "rule", rule.name, start, end) for start, end in _spans(rule.when))
        for guard in row.guards:
            yield from ((policy, "guard", guard.name, start, end) for start, end in _spans(guard.when))
        for budget in row.budgets:
            if budget.raised is not None:
                yield policy, "raise", budget.shared or budget.name, budget.raised.start, budget.raised.end


def _models(config: Config) -> Iterator[Part]:
    for model in config.models:
        if model.retires is not None:
            end = MINUTES_A_DAY * model.retires.toordinal() - 1
            yield "", "model", model.id + (f" (then {model.successor})" if model.successor else ""), -math.inf, end


def _spans(when: Condition) -> Iterator[tuple[float, float]]:
    for test in when.tests:
        if isinstance(test, Between) and test.subject == "date":
            yield test.least, test.most
