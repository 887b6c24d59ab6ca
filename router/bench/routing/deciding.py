"""Policies over a table of outcomes: every prompt goes through decide(), with rules, guards, floors and ramps.

Invariant: what is not in both the catalog and the table is never chosen; a prompt that a policy refuses scores and
costs nothing, and the router's name says how many there were.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from router.bench.routing.frontier import Router, chosen
from router.bench.routing.measures import Array
from router.bench.routing.outcome_table import Outcomes
from router.decision.decide import decide
from router.decision.features import read
from router.errors import ConfigError, RouterError
from router.types import Ask, ChatRequest, Config, Features, Message, Reader, Situation

CHARACTERS_A_TOKEN = 4
LEAST_MODELS = 2


@dataclass(frozen=True, slots=True)
class Deciding:
    """A configuration's policies, and the reader that they decide by."""

    config: Config
    reader: Reader
    policies: Sequence[str]
    regime: str = "as shipped"
    seen: dict[str, Features] = field(default_factory=dict, repr=False, compare=False)
    """What was read of the prompts so far, since every policy reads the same."""

    def covers(self, table: Outcomes) -> bool:
        """Whether the catalog has two of the table's models or more."""
        return len(self._shared(table)) >= LEAST_MODELS

    def require(self, table: Outcomes) -> None:
        """Raise ConfigError where the catalog lacks the table's models."""
        if self.covers(table):
            return
        lacking = ", ".join(name for name in table.models if name not in self._shared(table))
        sentence = f"{table.name}: the catalog has no rows for {lacking}, so no policy can choose among its models"
        raise ConfigError([f"{sentence}; give a --config whose catalog.yaml has them under these names"])

    def routers(self, table: Outcomes, costs: Array) -> list[Router]:
        """Each policy as a router of a single point."""
        return [
            chosen(
                f"policy {policy}", self.regime, self.picks(policy, table.prompts, table.models), table.scores, costs
            )
            for policy in self.policies
        ]

    def picks(self, policy: str, prompts: Sequence[str], models: Sequence[str]) -> NDArray[np.intp]:
        """The place among these models that a policy chooses for each prompt, -1 where it refuses."""
        shared = set(models)
        config = replace(self.config, models=tuple(model for model in self.config.models if model.id in shared))
        day = max(price.since for prices in config.prices.values() for price in prices)
        places = {model: place for place, model in enumerate(models)}

        def place(row: int, prompt: str) -> int:
            ask = Ask(asked=policy, policy=policy, model=None, consent="any", unit=str(row))
            try:
                return places[decide(self._read(prompt), ask, Situation(day), config).chosen]
            except RouterError:
                return -1

        return np.array([place(row, prompt) for row, prompt in enumerate(prompts)], np.intp)

    def _shared(self, table: Outcomes) -> set[str]:
        return set(table.models) & {model.id for model in self.config.models}

    def _read(self, prompt: str) -> Features:
        if prompt not in self.seen:
            request = ChatRequest("", (Message("user", prompt),))
            self.seen[prompt] = read(request, self.reader, lambda words: len(words) // CHARACTERS_A_TOKEN)
        return self.seen[prompt]
