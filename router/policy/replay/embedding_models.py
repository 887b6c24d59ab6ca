"""Which model makes the vectors of a policy, for many requests at once.

Invariant: a model is left out here where `router.decision.embedding_model` bars it; most logs
hold no vectors, and cost nothing.
"""

import numpy as np

from router.decision.embedding_model import anchor
from router.policy.replay.facts import Facts
from router.policy.replay.request_columns import Mask, Requests
from router.types import Ask, Config


class Vectors:
    """The anchors of the policies, each worked out when it is first asked for."""

    def __init__(self, requests: Requests, config: Config) -> None:
        self._requests, self._config = requests, config
        self._needed = np.array(["embeddings" in needs for needs in requests.needs.values], np.bool_)
        self._exact = np.array([consent == "exact" for consent in requests.consent.values], np.bool_)
        self._unnamed = np.array([name is None for name in requests.model.values], np.bool_)
        self._anchors: dict[tuple[int, int], str | None] = {}

    def elsewhere(self, facts: Facts) -> dict[str, Mask] | None:
        """For each model that makes vectors, where it may not; None where nothing is so."""
        if not self._needed.any():
            return None
        anchored = self._needed[facts.codes("needs")] & self._exact[facts.codes("consent")]
        anchored &= self._unnamed[facts.codes("model")]
        able = [model.id for model in self._config.models if "embeddings" in model.capabilities]
        barred = {name: np.zeros(facts.count, np.bool_) for name in able}
        policies, permits = facts.codes("policy"), facts.codes("permit")
        for row in np.flatnonzero(anchored).tolist():
            anchor_id = self._anchor(int(policies[row]), int(permits[row]))
            for name in able:
                barred[name][row] = name != anchor_id
        return barred

    def _anchor(self, policy: int, permit: int) -> str | None:
        if (policy, permit) not in self._anchors:
            name = self._requests.policy.values[policy]
            if name is None or name not in self._config.policies:
                return None
            ask = Ask(
                asked=name,
                policy=name,
                model=None,
                consent="exact",
                unit="",
                permit=self._requests.permit.values[permit],
            )
            self._anchors[policy, permit] = anchor(ask, self._config)
        return self._anchors[policy, permit]
