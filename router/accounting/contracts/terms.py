"""Looks up the contract terms of one model on one day, for one buyer: price, discount, shares, costs.

A request has two sides. Its *sale* is what the customer is charged by: the list price of the model that served, or
of the one that was asked for, less a discount. Its *supply* is what it takes to serve it: the shares, fees and
invoices of the owner, the GPUs, and what the platform adds.

Invariant: contracts are those of today, with the terms of the request's day: terms are dated, so a correction
corrects the books. Prices are those of the request's own revision, for they are what was charged. A model that
today's catalog no longer knows keeps the contracts of the request's revision. GPUs are those of the deployment that
served; of one that did not serve, those of the first in its order of refusal.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeVar

from router.accounting.contracts.periods import in_force, stretch
from router.accounting.exact_decimal import MICRO, exactly, quotient
from router.accounting.fleet.gpu_generations import Generations
from router.decision.names.spelling import fold_all, fold_known
from router.money import ZERO, price_on
from router.types import (
    Buyers,
    Commitment,
    Config,
    Contracts,
    GpuGeneration,
    GpuTime,
    InferenceCost,
    Model,
    Partner,
    PartnerShare,
    PlatformCost,
    Price,
    Role,
    TokenRates,
)
from router.types.contracts import ShareBase

Dated = TypeVar("Dated", GpuGeneration, InferenceCost, PlatformCost, Role)
Term = tuple[str, str, date]
"""A share or a commitment in one of its periods: the owner, its name, and the first day."""

UNKNOWN = "unknown"
SPEED, FIRST, AS_STATED = "speed and rate", "first deployment", "GPUs as in `costs` in the place"
NO_PARTNER = Partner()


class Buyer(NamedTuple):
    """Who asked."""

    key: str | None = None
    team: str | None = None
    tags: tuple[str, ...] = ()


class Footing(NamedTuple):
    """What a line of the waterfall rests on. `status` says why it is believed, or that nothing is known."""

    line: str
    subject: str
    status: str
    source: str


class DueShare(NamedTuple):
    """A partner's share on a day; the cap of its period is in micro-dollars."""

    term: Term
    rate: Decimal
    of: ShareBase
    cap: Decimal | None


class Sale(NamedTuple):
    """What the customer is charged by. A price that is not known charges nothing."""

    model: str
    price: Price | None
    discount: Decimal


class Supply(NamedTuple):
    """What it takes to serve. `gpu` and `invoice` are micro-dollars per token; `fee` is an agent's, else None."""

    model: str
    owner: str
    outside: bool
    fee: Decimal | None
    shares: tuple[DueShare, ...]
    commitments: tuple[Term, ...]
    gpu: TokenRates | None
    invoice: TokenRates | None
    per_request: Decimal
    per_token: Decimal

    @property
    def capped(self) -> bool:
        """Whether what is due depends on what was paid before."""
        return any(share.cap is not None for share in self.shares)


class Terms:
    """The terms of the requests of one revision; what they rest on is noted as it is used."""

    def __init__(self, config: Config, current: Config, footings: set[Footing]) -> None:
        self.models = {model.id: model for model in config.models}
        self.platform = current.contracts.platform
        self.footings = footings
        self._config = config
        self._current = current
        self._known = {model.id for model in current.models}
        self._sales: dict[tuple[str, date], Sale] = {}
        self._supplies: dict[tuple[str, date, str | None], Supply] = {}
        self._generations = Generations(config, current)

    def sale(self, model: str, day: date, buyer: Buyer) -> Sale:
        """The price of a model for a buyer."""
        sale = self._sales.get((model, day))
        if sale is None:
            sale = self._sales[model, day] = self._sale(model, day)
        discount = self._discount(model, day, buyer) if self._contracts(model).discounts else ZERO
        return sale._replace(discount=discount) if discount else sale

    def supply(self, model: str, day: date, buyer: Buyer, deployment: str | None = None) -> Supply:
        """What it takes to serve a model to a buyer, at the deployment that did, or else at the one asked first."""
        supply = self._supplies.get((model, day, deployment))
        if supply is None:
            supply = self._supplies[model, day, deployment] = self._supply(self.models[model], day, deployment)
        if supply.shares and self._royalty_free(supply, day, buyer):
            return supply._replace(shares=())
        return supply

    def _contracts(self, model: str) -> Contracts:
        return self._current.contracts if model in self._known else self._config.contracts

    def _partner(self, model: Model) -> Partner:
        return self._contracts(model.id).partners.get(model.owner, NO_PARTNER)

    def _sale(self, model: str, day: date) -> Sale:
        price = price_on(self._config.prices.get(model, ()), day)
        self._note("list_value", f"price of {model}", price.status if price else UNKNOWN, price.source if price else "")
        return Sale(model, price, ZERO)

    def _discount(self, model: str, day: date, buyer: Buyer) -> Decimal:
        discounts = [
            discount
            for discount in self._contracts(model).discounts
            if in_force(discount.since, discount.until, day)
            and (not discount.models or model in discount.models)
            and _is(buyer, discount.of)
        ]
        if not discounts:
            return ZERO
        largest = max(discounts, key=lambda discount: discount.rate)
        self._note("discount", f"discount {largest.name}", largest.status, largest.source)
        return largest.rate

    def _royalty_free(self, supply: Supply, day: date, buyer: Buyer) -> bool:
        for free in self._partner(self.models[supply.model]).royalty_free:
            if in_force(free.since, free.until, day) and _is(buyer, free.of):
                self._note("share", f"royalty-free use of {supply.owner}", free.status, free.source)
                return True
        return False

    def _supply(self, model: Model, day: date, deployment: str | None) -> Supply:
        partner, outside = self._partner(model), model.owner != self.platform
        gpu, invoice = self._inference(model, day, deployment)
        cost = latest(self._contracts(model.id).platform_cost, day)
        if cost:
            self._note("platform_cost", "platform cost", cost.status, cost.source)
        return Supply(
            model=model.id,
            owner=model.owner,
            outside=outside,
            fee=self._fee(partner, model.owner, day),
            shares=self._shares(partner, model.owner, day),
            commitments=tuple(
                _period(model.owner, commitment, day) for commitment in partner.commitments if _holds(commitment, day)
            ),
            gpu=gpu,
            invoice=invoice,
            per_request=cost.per_million_requests if cost else ZERO,
            per_token=cost.per_million_tokens if cost else ZERO,
        )

    def _fee(self, partner: Partner, owner: str, day: date) -> Decimal | None:
        role = latest(partner.roles, day)
        if role is None:
            return None
        self._note("passed_on" if role.fee is not None else "revenue", f"role for {owner}", role.status, role.source)
        return role.fee

    def _shares(self, partner: Partner, owner: str, day: date) -> tuple[DueShare, ...]:
        """Those of sales first, since they are part of what the partner earns."""
        due = [share for share in partner.shares if _holds(share, day)]
        for share in due:
            self._note("share", f"share {share.name}", share.status, share.source)
        ordered = sorted(due, key=lambda share: share.of != "sales")
        return tuple(
            DueShare(_period(owner, share, day), share.rate, share.of, share.cap * MICRO if share.cap else None)
            for share in ordered
        )

    def _inference(
        self, model: Model, day: date, deployment: str | None
    ) -> tuple[TokenRates | None, TokenRates | None]:
        cost = latest(self._contracts(model.id).costs.get(model.id, ()), day)
        if cost is None:
            self._note("inference", f"inference cost of {model.id}", UNKNOWN, "")
            return None, None
        self._note("inference", f"inference cost of {model.id}", cost.status, cost.source)
        if cost.gpu is None:
            return None, cost.invoice
        return gpu_rates(cost.gpu, self._generation(model.id, day, deployment)), cost.invoice

    def _generation(self, model: str, day: date, deployment: str | None) -> GpuGeneration | None:
        """The GPUs of a deployment, or None for those that `costs` states: nobody says otherwise, or knows them."""
        known = self._contracts(model).gpus
        gpu, sure = (
            self._generations.first(model) if deployment is None else (self._generations.of(model, deployment), True)
        )
        if not known or not gpu:
            return None
        if not sure:
            self._note("inference", f"{FIRST} of {model}", "assumed", "each request is offered to it first")
        generation = latest(known.get(gpu, ()), day)
        if generation is None:
            self._note("inference", f"{AS_STATED} of {gpu}", "assumed", "`gpus` does not know it on that day")
            return None
        self._note("inference", f"{SPEED} of {gpu}", generation.status, generation.source)
        return generation

    def _note(self, line: str, subject: str, status: str, source: str) -> None:
        self.footings.add(Footing(line, subject, status, source))


def gpu_rates(gpu: GpuTime, on: GpuGeneration | None = None) -> TokenRates:
    """GPU-hours x rate / utilisation, in micro-dollars per token, rounded once to the twelfth place.

    On a generation the rate is its own, and the hours are divided by its speed.
    """
    with exactly():
        rate, by = (on.rate, gpu.utilisation * on.speed) if on else (gpu.rate, gpu.utilisation)
        input_, output, cached = (hours * rate for hours in (gpu.input, gpu.output, gpu.cached_input))
    return TokenRates(quotient(input_, by), quotient(output, by), quotient(cached, by))


def _is(buyer: Buyer, of: Buyers) -> bool:
    """Whether a buyer is one of those who are named; everybody is where nobody is."""
    if not (of.key or of.team or of.tags):
        return True
    tags = set(fold_all(of.tags))
    return (
        buyer.key in of.key or fold_known(buyer.team) in fold_all(of.team) or not tags.isdisjoint(fold_all(buyer.tags))
    )


def _holds(term: PartnerShare | Commitment, day: date) -> bool:
    return in_force(term.since, term.until, day)


def _period(owner: str, term: PartnerShare | Commitment, day: date) -> Term:
    return owner, term.name, stretch(term.per, term.since, term.until, day).start


def latest(dated: Iterable[Dated], day: date) -> Dated | None:
    """Of terms ordered from the oldest, the last that has begun."""
    return next((term for term in reversed(tuple(dated)) if term.since <= day), None)
