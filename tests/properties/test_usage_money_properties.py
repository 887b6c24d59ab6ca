"""Whatever a backend says it used: no bill is negative, no part is more than the whole, and the hold covers it."""

from decimal import Decimal
from typing import Any, Literal

from builders import DAY, model
from hypothesis import given
from hypothesis import strategies as st
from unit.money_samples import settled

from providers.openai.response_reader import usage_of
from providers.upstream.usage import CACHED, WRITTEN
from router.accounting.settled_request import Settled
from router.accounting.waterfall import Tokens, value_at
from router.money import cost, usage_cost
from router.serving.usage_count import credible
from router.types import Price, Usage

RATES = st.decimals(0, 100, places=4)
COUNTS = st.integers(0, 10_000)
TIMES: tuple[Literal["5m"], Literal["1h"]] = ("5m", "1h")


@st.composite
def prices(draw: st.DrawFn) -> Price:
    taken = draw(RATES)
    return Price(
        since=DAY,
        input=taken,
        output=draw(RATES),
        cached_input=draw(st.decimals(0, taken, places=4)),
        source="x",
        status="assumed",
        cache_write_5m=draw(st.none() | RATES),
        cache_write_1h=draw(st.none() | RATES),
    )


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    fresh, cached, short, long = (draw(COUNTS) for _ in range(4))
    taken = fresh + cached + short + long
    return Usage(taken, draw(COUNTS), cached, "backend", cache_write_5m_tokens=short, cache_write_1h_tokens=long)


@given(prices(), usages())
def test_no_bill_is_negative_and_the_hold_covers_it(price: Price, usage: Usage) -> None:
    bill = usage_cost(price, usage)
    assert 0 <= bill <= usage.input_tokens * price.dearest_input + usage.output_tokens * price.output
    if price.cache_write_5m is None is price.cache_write_1h:
        assert bill == cost(price, usage.input_tokens, usage.output_tokens, usage.cached_input_tokens)


@given(prices(), usages())
def test_reports_value_tokens_as_receipts_do(price: Price, usage: Usage) -> None:
    request: Settled = settled(
        input=usage.input_tokens,
        cached=usage.cached_input_tokens,
        written_5m=usage.cache_write_5m_tokens,
        written_1h=usage.cache_write_1h_tokens,
    )
    tokens: Tokens = request.tokens(Decimal(usage.output_tokens))
    assert value_at(price, tokens) == usage_cost(price, usage)


@given(st.dictionaries(st.sampled_from(CACHED + WRITTEN), st.integers(-5, 300) | st.none() | st.booleans()), prices())
def test_what_is_believed_has_parts_no_larger_than_the_whole(said: dict[tuple[str, ...], Any], price: Price) -> None:
    counts: dict[str, Any] = {"prompt_tokens": 200, "completion_tokens": 10}
    for path, value in said.items():
        place = counts
        for name in path[:-1]:
            place = place.setdefault(name, {})
        place[path[-1]] = value
    usage = usage_of(counts)
    if usage is not None and credible(usage, model(), 1):
        assert 0 <= usage.cached_input_tokens + usage.cache_write_tokens <= usage.input_tokens
        assert usage_cost(price, usage) >= 0
