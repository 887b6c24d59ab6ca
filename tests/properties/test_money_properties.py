"""Money is exact: Decimal everywhere, equal to arithmetic in fractions, and the same after a trip through text."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from properties.strategies import cases
from properties.test_decision_properties import decided
from router.money import MOST_TOKENS, cost, price_on, rates, usd
from router.types import Config, Features, Model, Price

RATES = st.decimals(min_value=0, max_value=1_000_000, places=6)
TOKENS = st.integers(0, 10**9)


@given(RATES, RATES, RATES, TOKENS, TOKENS, st.data())
def test_a_cost_equals_arithmetic_in_fractions(
    taken: Decimal, given_: Decimal, cached: Decimal, tokens: int, output: int, data: st.DataObject
) -> None:
    kept = data.draw(st.integers(0, tokens))
    amount = cost(Price(date(2026, 1, 1), taken, given_, cached, "a test", "assumed"), tokens, output, kept)
    exact = (tokens - kept) * Fraction(taken) + output * Fraction(given_) + kept * Fraction(cached)
    assert type(amount) is Decimal
    assert Fraction(amount) == exact


@given(
    st.decimals(min_value=0, max_value=1_000_000),
    st.decimals(min_value=0, max_value=1_000_000) | st.integers(0, 9).map(lambda power: Decimal((0, (1,), power - 4))),
    st.integers(0, MOST_TOKENS // 2 - 1),
    st.integers(0, MOST_TOKENS // 2 - 1),
)
def test_a_price_as_whole_numbers_gives_the_same_digits(
    dear: Decimal, given_: Decimal, tokens: int, output: int
) -> None:
    price = Price(date(2026, 1, 1), dear, given_, dear, "a test", "assumed")
    if (whole := rates(price)) is not None:
        amount = (tokens * whole.input + output * whole.output) * whole.unit
        assert amount.as_tuple() == cost(price, tokens, output).as_tuple()


@given(RATES, TOKENS)
def test_dollars_as_text_are_exact(rate: Decimal, tokens: int) -> None:
    text = usd(rate * tokens)
    assert "e" not in text.lower()
    assert Fraction(text) == Fraction(rate) * tokens / 1_000_000


@given(cases())
def test_every_candidate_costs_its_tokens_at_the_price_of_the_day(case: tuple[Any, ...]) -> None:
    decision, (facts, _, situation, config) = decided(case), case
    for model in config.models:
        candidate, price = decision.candidate(model.id), price_on(config.prices[model.id], situation.day)
        assert type(candidate.cost) is Decimal
        assert price is not None
        taken, given_ = expected_tokens(model, facts, config)
        exact = taken * Fraction(price.input) + given_ * facts.choices * Fraction(price.output)
        assert Fraction(candidate.cost) == exact


def expected_tokens(model: Model, facts: Features, config: Config) -> tuple[int, int]:
    """What the model is expected to read and to write, by the words of the catalog."""
    relative = config.tokenizers[model.tokenizer].relative
    factor = relative.get(facts.language, relative.get("other", 1.0))
    return ceil(facts.input_tokens * factor), min(
        ceil(facts.output_tokens * model.verbosity), facts.output_limit or model.max_output, model.max_output
    )
