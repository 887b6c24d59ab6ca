"""What models had cached of logged requests, over whole columns.

Invariant: the tokens are those of `router.decision.candidates.expected_cached`, and who may stay where is
what `decide()` says.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from router.policy.replay.eligibility import Eligibility
from router.policy.replay.facts import Facts
from router.policy.replay.predictions import factors
from router.policy.replay.request_columns import Ints, Mask, Requests
from router.types import Model


class Caches:
    """Models x different states of the caches: tokens in the reference encoding."""

    def __init__(self, models: Sequence[Model], requests: Requests) -> None:
        known = [{cache.model: cache.tokens for cache in warm} for warm in requests.warm.values]
        tokens = [[warm.get(model.id, 0) for warm in known] for model in models]
        self.tokens = np.array(tokens, np.int64).reshape(len(models), len(known))
        self.any: Mask = np.array([bool(warm) for warm in known], np.bool_)
        self.languages = requests.language.values

    def warm(self, facts: Facts) -> Mask:
        """Where any model has cached anything."""
        mask: Mask = self.any[facts.codes("warm")]
        return mask

    def cached(self, place: int, relative: Mapping[str, float], taken: Ints, facts: Facts) -> Ints:
        """Of the input that one model takes, what it has cached."""
        tokens = self.tokens[place][facts.codes("warm")]
        factor = np.array(factors(relative, self.languages))[facts.codes("language")]
        cached: Ints = np.minimum(taken, np.floor(tokens * factor).astype(np.int64))
        return cached


def agreed(
    eligibility: Eligibility, facts: Facts, baseline: NDArray[np.intp], kept: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Where the client accepts that its request stays at another model than the policy's choice."""
    models = eligibility.models
    wishes = np.stack((facts.codes("consent"), facts.codes("model"), baseline, kept))
    different, which = np.unique(wishes, axis=1, return_inverse=True)
    accepted = [
        eligibility.accepts(eligibility.consents[consent], eligibility.names[name], models[other], models[choice])
        for consent, name, choice, other in different.T.tolist()
    ]
    return np.array(accepted, np.bool_)[which.reshape(-1)]
