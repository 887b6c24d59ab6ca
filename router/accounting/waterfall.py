"""One request in money: from the list value to what is left, for the platform, for the partner, and in true cost.

    list value − discounts − passed on to the partner      = net revenue R      (an agent passes on all but its fee)
    R − inference cost C − partner share P                 = gross margin       (P is signed: above 0 it is paid)
    gross margin − platform cost V                         = contribution margin

C is what the *platform* pays for inference: its own GPUs, or a partner's invoice. The partner's result is what it
gets of the request (passed on, shares, invoice), less the shares that it pays and the GPUs that it runs. The **true
cost** is what leaves all three, customer, platform and partner, whoever bears it: the GPUs that the tokens took, and
V.

Invariant: each of the four, what is paid, what each of the two is left with, and the true cost, is worked out from
its own sources; that they fit together is checked in `split`, not built in here.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from router.accounting.contracts.terms import Sale, Supply, Term
from router.money import ZERO, cache_surcharge
from router.types import Price, TokenRates

Used = Mapping[Term, Decimal]
"""What was paid of each share so far in its period, without sign, in micro-dollars."""


class Tokens(NamedTuple):
    """What a request took; `cached` and what was written to a cache are part of the input.

    An output length that is an estimate need not be whole.
    """

    input: int
    cached: int
    output: Decimal
    written_5m: int = 0
    written_1h: int = 0


class Waterfall(NamedTuple):
    """The platform's side, in micro-dollars, from the top down."""

    list_value: Decimal
    discount: Decimal
    passed_on: Decimal
    revenue: Decimal
    inference: Decimal
    share: Decimal
    gross_margin: Decimal
    platform_cost: Decimal
    contribution: Decimal


class Account(NamedTuple):
    """An owner outside the platform: what it is paid and pays back, and the GPUs that it runs, in micro-dollars."""

    paid: Decimal
    paid_back: Decimal
    gpus: Decimal

    @property
    def result(self) -> Decimal:
        """What it is left with."""
        return self.paid - self.paid_back - self.gpus


class Booked(NamedTuple):
    """One request under one supply: what the customer pays, both sides, the true cost, and what each share came to."""

    supply: Supply
    paid: Decimal
    waterfall: Waterfall
    partner: Account
    true_cost: Decimal
    shares: tuple[tuple[Term, Decimal], ...]


def book(
    sale: Sale,
    supply: Supply,
    tokens: Tokens,
    list_value: Decimal,
    charged: Decimal,
    used: Used,
    requests: int = 1,
) -> Booked:
    """Book one request. `list_value` is the price of its tokens, `charged` what the receipt says was charged.

    Where no cap binds, so many `requests` of one kind may be booked as their sum. Call it inside `exactly()`.
    """
    discount = list_value * sale.discount
    sold = list_value - discount
    revenue = sold if supply.fee is None else sold * supply.fee
    gpus = _at(supply.gpu, tokens)
    invoice = _at(supply.invoice, tokens)
    inference = invoice if supply.invoice else gpus
    earned = sold - revenue + invoice
    shares = _shares(supply, sold, earned, used)
    share = sum((amount for _, amount in shares), ZERO)
    gross = revenue - inference - share
    added = supply.per_request * requests + supply.per_token * (tokens.input + tokens.output)
    waterfall = Waterfall(
        list_value=list_value,
        discount=discount,
        passed_on=sold - revenue,
        revenue=revenue,
        inference=inference,
        share=share,
        gross_margin=gross,
        platform_cost=added,
        contribution=gross - added,
    )
    return Booked(
        supply,
        charged - charged * sale.discount,
        waterfall,
        _account(supply, earned, shares, tokens),
        true_cost(supply, tokens, requests),
        shares,
    )


def true_cost(supply: Supply, tokens: Tokens, requests: int = 1) -> Decimal:
    """What serving really costs, whoever pays: GPUs, or an invoice where they are not known, and what is added."""
    rates = supply.gpu or supply.invoice
    return _at(rates, tokens) + supply.per_request * requests + supply.per_token * (tokens.input + tokens.output)


def _shares(supply: Supply, sold: Decimal, earned: Decimal, used: Used) -> tuple[tuple[Term, Decimal], ...]:
    """Each share with its sign, as far as its cap allows; those of sales add to what the partner earns."""
    paid = []
    for share in supply.shares:
        amount = share.rate * (sold if share.of == "sales" else earned)
        if share.cap is not None:
            left = max(ZERO, share.cap - used.get(share.term, ZERO))
            amount = max(-left, min(left, amount))
        if share.of == "sales":
            earned += amount
        paid.append((share.term, amount))
    return tuple(paid)


def _account(supply: Supply, earned: Decimal, shares: tuple[tuple[Term, Decimal], ...], tokens: Tokens) -> Account:
    paid = earned + sum((amount for _, amount in shares if amount > 0), ZERO)
    paid_back = -sum((amount for _, amount in shares if amount < 0), ZERO)
    bills = supply.invoice is not None
    return Account(paid, paid_back, _at(supply.gpu or supply.invoice, tokens) if bills else ZERO)


def _at(rates: TokenRates | None, tokens: Tokens) -> Decimal:
    if rates is None:
        return ZERO
    return value_at(rates, tokens)


def value_at(rates: Price | TokenRates, tokens: Tokens) -> Decimal:
    """What tokens come to, in micro-dollars; exact, an estimated length included."""
    cached = tokens.cached
    plain = (tokens.input - cached) * rates.input + cached * rates.cached_input + tokens.output * rates.output
    return plain + cache_surcharge(rates, tokens.written_5m, tokens.written_1h)
