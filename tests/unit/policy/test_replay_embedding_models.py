"""Vectors in a replay: barred where `decide()` bars them, and all of them of a policy that a version does not know."""

from dataclasses import replace

import numpy as np
from builders import SITUATION, ask, config, features, model, policy, price

from router.policy.replay.embedding_models import Vectors
from router.policy.replay.facts import Facts, Lookups
from router.policy.replay.request_columns import Coded, gathered

ROWS = config(
    model("words", 3.0),
    model("near", 2.0, capabilities=("embeddings",)),
    model("far", 2.1, capabilities=("embeddings",)),
    policies={"plain": policy(0.05)},
    prices={"near": (price("1"),), "far": (price("3"),)},
)
VECTORS = features(needs=("embeddings",))
ASKED = [
    (features(), ask(consent="exact")),
    (VECTORS, ask(consent="exact")),
    (VECTORS, ask(consent="any")),
    (VECTORS, ask("far", "exact")),
]


def barred(policies: tuple[str | None, ...]) -> dict[str, list[bool]]:
    requests = gathered((str(row), *asked, SITUATION) for row, asked in enumerate(ASKED))
    requests = replace(requests, policy=Coded(requests.policy.codes, policies))
    barred = Vectors(requests, ROWS).elsewhere(Facts(requests, Lookups(requests), slice(None)))
    assert barred is not None
    return {name: np.asarray(mask).tolist() for name, mask in barred.items()}


def test_only_vectors_of_a_policy_without_another_consent_are_barred_elsewhere() -> None:
    assert barred(("plain",)) == {"near": [False] * 4, "far": [False, True, False, False]}


def test_of_a_policy_that_is_not_known_all_are_barred() -> None:
    for unknown in (None, "gone"):
        assert barred((unknown,)) == {name: [False, True, False, False] for name in ("near", "far")}


def test_a_log_without_vectors_costs_nothing() -> None:
    requests = gathered([("0", features(), ask(consent="exact"), SITUATION)])
    assert Vectors(requests, ROWS).elsewhere(Facts(requests, Lookups(requests), slice(None))) is None
