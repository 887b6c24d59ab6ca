"""Deployments side by side share conversations by their weights, and each conversation stays where it is."""

from collections import Counter
from dataclasses import replace

import builders
import pytest
from builders import model
from hypothesis import given
from hypothesis import strategies as st

from router.config import from_documents, load
from router.decision.placement import weighted
from router.errors import ConfigError
from router.policy.describe import describe
from router.serving.deployments.deployment_pool import DeploymentPool
from router.types import Deployment

A, B, C = (Deployment(name, "m", "p", weight=weight) for name, weight in (("a", 3.0), ("b", 1.0), ("c", None)))
UNITS = [f"unit-{number}" for number in range(2_000)]


def first(*deployments: Deployment) -> Counter[str]:
    return Counter(weighted(deployments, unit)[0].name for unit in UNITS)


def test_without_weights_the_order_is_that_of_the_file() -> None:
    plain = (C, replace(C, name="d"))
    assert weighted(plain, "x") is plain


def test_weights_share_conversations_out() -> None:
    shares = first(A, B)
    assert 1_400 < shares["a"] < 1_600
    assert shares["a"] + shares["b"] == len(UNITS)


def test_what_has_no_weight_keeps_its_place() -> None:
    assert first(C, A, B) == Counter({"c": len(UNITS)})
    assert {tuple(each.name for each in weighted((A, B, C), unit)) for unit in UNITS} == {
        ("a", "b", "c"),
        ("b", "a", "c"),
    }


def test_another_weight_moves_only_towards_it() -> None:
    heavier = replace(B, weight=2.0)
    for unit in UNITS:
        before, after = weighted((A, B), unit)[0].name, weighted((A, heavier), unit)[0].name
        assert before == after or (before, after) == ("a", "b")


@given(st.lists(st.sampled_from((None, 0.5, 1.0, 7.0)), max_size=6), st.text(max_size=8))
def test_each_is_there_once(weights: list[float | None], unit: str) -> None:
    some = [Deployment(str(place), "m", "p", weight=weight) for place, weight in enumerate(weights)]
    assert sorted(each.name for each in weighted(some, unit)) == [each.name for each in some]


def test_a_server_offers_by_weight_and_goes_on_to_the_other() -> None:
    pool = DeploymentPool(replace(builders.config(model("m")), deployments=(A, B)))
    placed = [pool.places(lambda _: (), 1, unit)("m", ()).deployment for unit in UNITS[:200]]
    taken = Counter(deployment.name for deployment in placed if deployment is not None)
    assert set(taken) == {"a", "b"}
    assert taken["a"] > taken["b"]
    left = pool.places(lambda _: (), 1, UNITS[0])("m", ("a",)).deployment
    assert left is not None
    assert left.name == "b"


@pytest.mark.parametrize("weight", [0, -1, "much"])
def test_a_weight_is_more_than_nothing(weight: object) -> None:
    row = {"name": "x", "model": "gpt-5", "provider": "gpt"}
    files = {**load().documents, "deployments.yaml": {"deployments": [row | {"weight": 2}]}}
    (deployed,) = from_documents(files).deployments
    assert describe(deployed).endswith("weight 2")
    with pytest.raises(ConfigError, match="weight"):
        from_documents({**files, "deployments.yaml": {"deployments": [row | {"weight": weight}]}})
