"""A list after `prefer` is an order, and so is a chain of fallbacks."""

from collections.abc import Mapping
from typing import Any

import pytest
from builders import DAY, ask, features

from router.config import from_documents
from router.decision.decide import decide
from router.decision.flips import flips
from router.errors import ConfigError
from router.ledger.receipt_json import plain
from router.policy.describe import describe
from router.policy.diff import differences
from router.policy.expand import spelled_out
from router.types import Config, Decision, Situation
from unit.policy_samples import config

HEAD = "default: a\npolicies:\n  a:\n    because: x\n    band: 1\n    %s\n"


def house(words: str) -> Config:
    return config(HEAD % words)


def decided(made: Config, **changes: Any) -> Decision:
    return decide(features(), ask(policy="a", **changes), Situation(DAY), made)


def ranked(words: str) -> list[str]:
    return [candidate.model for candidate in decided(house(words)).candidates]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("prefer: [big, small, mid]", ["big", "small", "mid"]),
        ("prefer: [mid, big]", ["mid", "big", "small"]),
        ("prefer: [Bel, Ada]", ["mid", "small", "big"]),
        ("prefer: [[small, mid], big]", ["mid", "small", "big"]),
        ("prefer: [mid, Bel]", ["mid", "small", "big"]),
        ("prefer: small", ["small", "big", "mid"]),
    ],
)
def test_a_list_is_an_order_and_a_list_in_it_stands_side_by_side(words: str, expected: list[str]) -> None:
    assert ranked(words) == expected
    made = house(words)
    again = config(spelled_out(made, ("a",)))
    assert again.policies["a"].prefer == made.policies["a"].prefer
    assert differences(made, again) == ()


def test_the_order_is_told_and_flips_know_it() -> None:
    decision = decided(house("prefer: [mid, small]"))
    assert [(c.model, c.code, c.rank) for c in decision.candidates][:2] == [
        ("mid", "chosen", 0),
        ("small", "not_preferred", 1),
    ]
    rows: list[Mapping[str, Any]] = [plain(candidate) for candidate in decision.candidates]  # type: ignore[misc]
    assert [row.get("rank") for row in rows] == [None, 1, None], "what has no rank is written as it always was"
    assert "price" not in {flip.kind for flip in flips(decision, "small", features())}
    assert describe(house("prefer: [mid, [small, big]]").policies["a"].prefer) == "mid, then big, small"


def test_what_a_ledger_keeps_from_before_means_what_it_meant() -> None:
    now = house("prefer: [big, small]")
    assert "order" in now.documents
    before = from_documents({name: data for name, data in now.documents.items() if name != "order"})
    assert before.policies["a"].prefer == (("small", "big"),) or before.policies["a"].prefer == (("big", "small"),)
    assert from_documents(now.documents) == now
    assert "order" not in house("prefer: big").documents, "the revision of a file without an order stays"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("optimize: cost", ("mid", "small")),
        ("fallback: [small, mid]", ("small", "mid")),
        ("fallback: small", ("small",)),
        ("fallback: {order: [small, Bel]}", ("small", "mid")),
        ("fallback: {apart: owner}", ("mid",)),
        ("fallback: {apart: provider}", ()),
        ("fallback: {order: [small, mid], apart: owner}", ("small",)),
    ],
)
def test_a_chain_is_tried_in_its_order_and_apart(words: str, expected: tuple[str, ...]) -> None:
    made = house(words)
    assert decided(made).fallbacks == expected
    again = config(spelled_out(made, ("a",)))
    assert again.policies["a"].fallback == made.policies["a"].fallback


def test_consent_binds_a_chain_too() -> None:
    assert decided(house("fallback: [big, small]"), model="mid", consent="owner").fallbacks == ("small",)


def test_a_chain_in_words() -> None:
    texts = [describe(house(f"fallback: {words}").policies["a"].fallback) for words in ("[big, mid]", "{apart: owner}")]
    assert texts == ["big, then mid", "the order of choice, no owner twice"]
    assert [d.label for d in differences(house("optimize: cost"), house("fallback: big"))] == [
        "policies.a.fallback added: big"
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("fallback: {}", "write models in an order, or `apart`"),
        ("fallback: [bgi]", "'bgi' matches no model"),
        ("fallback: {apart: region}", "cannot be 'region'"),
        ("prefer: [big, [mdi]]", "'mdi' matches no model"),
    ],
)
def test_what_is_no_order_is_an_error(words: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        house(words)
