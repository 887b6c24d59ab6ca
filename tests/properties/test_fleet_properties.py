"""Whatever was offered: nothing is counted twice, nothing is lost, and the order of receipts makes no difference."""

from collections import Counter
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st
from unit.money_samples import house

from router.accounting.fleet.offer_counts import Order, Refusals
from router.types import Offer

ANSWERS = get_args(Offer.__annotations__["answer"])
PLACES = {"part": ("part-a", "part-b"), "own": ("own",)}
CONFIG = house(deployments=[{"name": name, "model": "part", "provider": "p"} for name in PLACES["part"]])
NAMES = [name for names in PLACES.values() for name in names]
OFFERS = st.lists(st.builds(Offer, st.sampled_from(NAMES), st.sampled_from(ANSWERS)), max_size=5)


@st.composite
def receipts(draw: st.DrawFn) -> dict[str, Any]:
    model = draw(st.sampled_from((None, *PLACES)))
    tokens = st.integers(0, 10**6)
    return {
        "decision": {"revision": CONFIG.revision},
        "situation": {"day": "2026-06-15"},
        "offers": [offer._asdict() for offer in draw(OFFERS)],
        "served": model,
        "usage": {"input_tokens": draw(tokens), "output_tokens": draw(tokens)} if model else None,
        "attempts": [{"deployment": draw(st.sampled_from(PLACES[model]))}] if model else [],
    }


def orders(receipts: list[dict[str, Any]]) -> tuple[Order, ...]:
    counting = Refusals(CONFIG, lambda _: CONFIG)
    for receipt in receipts:
        counting.add(receipt)
    return counting.orders()


@given(st.lists(receipts(), max_size=12))
@settings(max_examples=100)
def test_every_offer_and_every_token_is_counted_once(receipts: list[dict[str, Any]]) -> None:
    totals = [order.total for order in orders(receipts)]
    answers = Counter(offer["answer"] for receipt in receipts for offer in receipt["offers"])
    for answer in ANSWERS:
        assert sum(getattr(total, answer) for total in totals) == answers[answer]
    assert sum(total.offered for total in totals) == answers.total()
    used = [receipt["usage"] for receipt in receipts if receipt["usage"]]
    assert sum(total.answered for total in totals) == len(used)
    for kind in ("input_tokens", "output_tokens"):
        assert sum(getattr(total, kind) for total in totals) == sum(usage[kind] for usage in used)


@given(st.lists(receipts(), max_size=8), st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_the_order_of_receipts_makes_no_difference(receipts: list[dict[str, Any]], chance: Any) -> None:
    shuffled = list(receipts)
    chance.shuffle(shuffled)
    assert orders(shuffled) == orders(receipts)
    for order in orders(receipts):
        for place in order.places:
            assert place.record.share_taken is None or 0 <= place.record.share_taken <= 1
