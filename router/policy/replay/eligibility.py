"""Which models may answer which requests, whatever the policy: what they can do, what client and key accept.

Invariant: each question is asked of the pure line once for each different value, never once for each request.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from router.decision.candidates import consents, of_the_kind, permits, unable
from router.policy.replay.facts import Facts
from router.policy.replay.request_columns import Mask, Requests
from router.types import Model

UNNAMED, UNHEARD = -1, -2


class Eligibility:
    """Tables of models x values, for the values that the requests have; `models` are in the order of the columns."""

    def __init__(self, models: Sequence[Model], requests: Requests, priced: Mask) -> None:
        self.models = models
        self.places = {model.id: place for place, model in enumerate(models)}
        self.tables: dict[str, Mask] = {
            "task": self._table(requests.task.values, lambda model, task: task in model.abilities.values),
            "needs": self._table(requests.needs.values, lambda model, needs: not unable(needs, model.capabilities)),
            "unhealthy": self._table(requests.unhealthy.values, lambda model, down: model.id not in down),
            "permit": self._table(requests.permit.values, lambda model, permit: permits(permit, model.id)),
            "day": priced,
        }
        self.kin = self._table(requests.needs.values, lambda model, needs: of_the_kind(needs, model.capabilities))
        names = requests.model.values
        self.names = names
        self.consents = requests.consent.values
        self.named = np.array([UNNAMED if n is None else self.places.get(n, UNHEARD) for n in names], np.intp)
        wishes = [(consent, name) for consent in self.consents for name in names]
        self.accepted = self._table(wishes, lambda model, wish: self.accepts(wish[0], wish[1], model))

    def of(self, place: int, facts: Facts) -> Mask:
        """Where one model may answer."""
        allowed = np.ones(facts.count, np.bool_)
        for column, table in self.tables.items():
            if not table[place].all():
                allowed &= table[place][facts.codes(column)]
        if not self.accepted[place].all():
            allowed &= self.accepted[place][self.wishes(facts)]
        if (retires := self.models[place].retires) is not None:
            allowed &= facts.ordinals() < retires.toordinal()
        return allowed

    def wishes(self, facts: Facts) -> NDArray[np.intp]:
        """For each request the place of its consent and its named model in a table of wishes."""
        return facts.codes("consent") * len(self.names) + facts.codes("model")

    def accepts(self, consent: Any, name: str | None, other: Model, policy_choice: Model | None = None) -> bool:
        """Whether a client accepts a model; where it named none, its consent is about the policy's own choice."""
        named = policy_choice if name is None else self.models[self.places[name]] if name in self.places else None
        return named is None or consents(consent, named, other)

    def _table(self, values: Sequence[Any], passes: Callable[[Model, Any], bool]) -> Mask:
        rows = [[passes(model, value) for value in values] for model in self.models]
        return np.array(rows, np.bool_).reshape(len(self.models), len(values))
