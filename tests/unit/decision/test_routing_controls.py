"""What a request may ask of its own routing: it narrows, and never widens."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.config import load
from router.decision.candidates import permits
from router.decision.routing_controls import RoutingControls, narrowed, policy_for
from router.errors import BadRequest
from router.types import ChatRequest, Message, Permit
from router.types.catalog import Parameters

CONFIG = load(None)
IDS = [model.id for model in CONFIG.models]


def request(model: str = "auto", **more: Any) -> ChatRequest:
    return ChatRequest(model, (Message("user", "hello"),), **more)


@pytest.mark.parametrize("asked", ["auto", "balanced", "model-router", "cost", "gpt-5", "nobody"])
def test_a_mode_is_a_policy_in_place_of_the_one_that_is_named(asked: str) -> None:
    assert policy_for(RoutingControls("quality"), asked, None, CONFIG) == "quality"
    assert policy_for(RoutingControls("quality"), asked, "quality", CONFIG) == "quality"
    assert policy_for(RoutingControls(), asked, "cost", CONFIG) is None


@pytest.mark.parametrize(
    ("asked", "said", "words"),
    [("house-first", None, "'house-first'"), ("gpt-5", "house-first", "'house-first'"), ("auto", "cost", "'cost'")],
)
def test_a_policy_of_the_operators_own_is_not_left_for_a_mode(asked: str, said: str | None, words: str) -> None:
    with pytest.raises(BadRequest, match=words) as caught:
        policy_for(RoutingControls("quality"), asked, said, CONFIG)
    assert caught.value.param == "routing_config.mode"


def test_a_mode_without_a_policy_of_its_name() -> None:
    without = replace(CONFIG, policies={name: row for name, row in CONFIG.policies.items() if name != "quality"})
    with pytest.raises(BadRequest, match="no policy here is called 'quality'"):
        policy_for(RoutingControls("quality"), "auto", None, without)


@given(
    st.none() | st.lists(st.sampled_from(IDS), max_size=4),
    st.lists(st.sampled_from(IDS), min_size=1, max_size=5),
    st.booleans(),
)
def test_models_narrow_and_never_widen(permitted: list[str] | None, listed: list[str], every: bool) -> None:
    permit = None if permitted is None else Permit(tuple(permitted), policies=("cost",), consent="owner")
    controls = RoutingControls(models=tuple(listed), require_parameters=every)
    after = narrowed(permit, controls, request(), CONFIG)
    assert after is not None
    assert set(after.models or ()) == {model for model in listed if permits(permit, model)}
    assert replace(after, models=None) == replace(permit or Permit(), models=None)


def test_without_a_word_nothing_is_narrowed() -> None:
    permit = Permit(("gpt-5",))
    assert narrowed(permit, RoutingControls("cost"), request(), CONFIG) is permit


def test_names_are_read_as_elsewhere_and_others_refused() -> None:
    after = narrowed(None, RoutingControls(models=("openai/gpt-5", "gpt-5-2025-08-07", "phi-4")), request(), CONFIG)
    assert after is not None
    assert set(after.models or ()) == {"gpt-5", "phi-4"}
    for name in ("gpt5", "balanced", "gpt-4o"):
        with pytest.raises(BadRequest, match="no model is called") as caught:
            narrowed(None, RoutingControls(models=(name,)), request(), CONFIG)
        assert caught.value.param == "routing_config.models"
    with pytest.raises(BadRequest, match="'gpt-5' is asked for, and is not among them"):
        narrowed(None, RoutingControls(models=("phi-4",)), request("gpt-5"), CONFIG)
    assert narrowed(None, RoutingControls(models=("phi-4",)), request("phi-4"), CONFIG) == Permit(("phi-4",))


@pytest.mark.parametrize(
    ("drops", "more", "stays"),
    [
        (("temperature",), {"temperature": 0.5}, False),
        (("temperature",), {"top_p": 0.5}, True),
        (("seed",), {"extra": {"seed": 5, "anthropic": {}}}, False),
        (("max_tokens",), {"max_tokens": 5}, True),
        (("max_tokens", "max_completion_tokens"), {"max_tokens": 5}, False),
        ((), {"temperature": 0.5}, True),
    ],
)
def test_parameters_that_are_required_leave_out_who_drops_them(
    drops: tuple[str, ...], more: dict[str, Any], stays: bool
) -> None:
    dropping = Parameters("a test", date(2026, 1, 1), drops)
    rows = [replace(row, parameters=dropping if row.id == "gpt-5" else None) for row in CONFIG.models]
    config = replace(CONFIG, models=tuple(rows))
    after = narrowed(None, RoutingControls(require_parameters=True), request(**more), config)
    assert after is not None
    assert ("gpt-5" in (after.models or ())) == stays
