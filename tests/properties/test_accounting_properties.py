"""Whatever the contracts: money is neither made nor lost, and every account has what moved into it.

The oracle does not know the waterfall. It moves money from hand to hand as a contract's words say, in fractions.
"""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.money_samples import TERM, booked, house, settled

from properties.strategies import Genes
from router.accounting.contracts.terms import Buyer, Term, Terms
from router.accounting.exact_decimal import exactly
from router.accounting.report import By, Report
from router.accounting.savings.split import split
from router.accounting.settled_request import Settled
from router.accounting.waterfall import Booked, Tokens, book
from router.config import from_documents
from router.errors import Unbalanced
from router.types import Config

FIRST = date(2026, 5, 1)
NAMES = ("part", "own", "free")
BYS: tuple[By, ...] = get_args(By)
Moves = dict[str, Fraction]


def _share(place: int, draw: Genes) -> dict[str, Any]:
    capped: dict[str, Any] = draw.one(
        ({}, {"cap": draw.number(1, 900) / 1_000_000, "per": draw.one(("month", "term"))})
    )
    rate, of = draw.number(-1000, 1000) / 1000, draw.one(("sales", "partner_revenue"))
    return {**TERM, "name": f"s{place}", "rate": rate, "of": of, **capped}


def _cost(own: bool, draw: Genes) -> dict[str, Any]:
    rates = {"input": draw.number(0, 900) / 1000, "output": draw.number(0, 9000) / 1000, "cached_input": 0.001}
    time = {"gpu": {**rates, "rate": 2, "utilisation": draw.one((0.5, 0.25, 1))}}
    bill = {"invoice": {**rates, "output": draw.number(0, 9000) / 1000}}
    return {**TERM, **(time if own else draw.one((time, bill, {**time, **bill})))}


def _contracts(draw: Genes) -> dict[str, Any]:
    role: list[dict[str, Any]] = draw.one(([], [{"role": "agent", "fee": draw.number(0, 100) / 100}]))
    partner: dict[str, Any] = {
        "roles": [{**TERM, **term} for term in role],
        "shares": [_share(place, draw) for place in range(draw.one((0, 1, 2, 3)))],
        "royalty_free": draw.one(([], [{**TERM, "of": {"team": ["t1"]}}])),
    }
    discount = {**TERM, "name": "d", "rate": draw.number(0, 100) / 100, "of": draw.one(({}, {"team": ["t1"]}))}
    added = {"per_million_requests": draw.number(0, 50), "per_million_tokens": draw.number(0, 50) / 1000}
    return {
        "partners": {"Partner": partner},
        "discounts": draw.one(([], [discount])),
        "costs": {name: [_cost(name == "own", draw)] for name in NAMES},
        "platform_cost": [{**TERM, **added}],
        "gpus": {"G": [{**TERM, "rate": draw.number(0, 90) / 10, "speed": draw.one((1, 0.5, 4))}]},
    }


def _deployments(draw: Genes) -> list[dict[str, Any]]:
    """Each model at two places, whose GPUs `gpus` knows, does not know, or that nobody names."""
    return [
        {"name": f"{name}-{place}", "model": name, "provider": "p", "gpu": draw.one(("", "G", "unknown"))}
        for name in NAMES
        for place in (0, 1)
    ]


def _requests(draw: Genes, config: Config) -> list[Settled]:
    requests = []
    for number in range(draw.number(1, 9)):
        served, asked = draw.one(NAMES), draw.one(NAMES)
        taken = draw.number(0, 3000)
        requests.append(
            settled(
                served,
                config,
                number=number,
                asked=asked,
                charged_by=draw.one((served, asked)),
                day=FIRST + timedelta(days=6 * number),
                input=taken,
                cached=min(taken, draw.one((0, 100))),
                output=draw.number(0, 2000),
                task=draw.one(("chat", "law")),
                buyer=Buyer(draw.one((None, "k")), draw.one((None, "t1", "t2"))),
                deployment=f"{served}-{draw.one((0, 1, 2))}",
            )
        )
    return requests


Case = tuple[Config, list[Settled]]


def _case(text: bytes) -> Case:
    draw = Genes(text)
    contracts = _contracts(draw)
    config = house(contracts, deployments=_deployments(draw))
    return config, _requests(draw, config)


CASES = st.binary(min_size=280, max_size=280).map(_case)


class Hands:
    """Moves money from hand to hand, request by request, and remembers what each share came to."""

    def __init__(self, config: Config) -> None:
        self.contracts: Any = config.documents["contracts.yaml"]
        self.prices: Any = config.documents["prices.yaml"]
        self.deployed = {deployment.name: deployment.gpu for deployment in config.deployments}
        self.used: defaultdict[tuple[str, int], Fraction] = defaultdict(Fraction)
        self.hands: defaultdict[str, Fraction] = defaultdict(Fraction)

    def pay(self, giver: str, taker: str, amount: Fraction) -> None:
        self.hands[giver] -= amount
        self.hands[taker] += amount

    def serve(self, request: Settled, model: str, by: str, output: Fraction) -> None:
        sold = self._at(self.prices["prices"][by][0], request, output) * (1 - self._discount(request))
        self.pay("customer", "platform", sold)
        partner = self.contracts["partners"]["Partner"] if model == "part" else {"roles": [], "shares": []}
        for role in partner["roles"]:
            self.pay("platform", "partner", sold * (1 - exact(role["fee"])))
        self._infer(request, model, output)
        earned = sold * (1 - exact(partner["roles"][0]["fee"])) if partner["roles"] else Fraction(0)
        cost = self.contracts["costs"][model][0]
        earned += self._at(cost["invoice"], request, output) if "invoice" in cost else 0
        free = bool(partner.get("royalty_free")) and request.buyer.team == "t1"
        for of in ("sales", "partner_revenue"):
            for share in [] if free else [each for each in partner["shares"] if each["of"] == of]:
                amount = self._capped(share, request.day, exact(share["rate"]) * (sold if of == "sales" else earned))
                earned += amount if of == "sales" else 0
                self.pay("platform", "partner", amount)

    def _infer(self, request: Settled, model: str, output: Fraction) -> None:
        cost, added = self.contracts["costs"][model][0], self.contracts["platform_cost"][0]
        bearer = "platform"
        if "invoice" in cost:
            self.pay("platform", "partner", self._at(cost["invoice"], request, output))
            bearer = "partner"
        if "gpu" in cost:
            gpu = cost["gpu"]
            rate, speed = self._generation(request, model, gpu)
            self.pay(bearer, "outside", self._at(gpu, request, output) * rate / exact(gpu["utilisation"]) / speed)
        else:
            self.pay(bearer, "outside", self._at(cost["invoice"], request, output))
        tokens = request.input + output
        self.pay(
            "platform", "outside", exact(added["per_million_requests"]) + tokens * exact(added["per_million_tokens"])
        )

    def _generation(self, request: Settled, model: str, gpu: dict[str, Any]) -> tuple[Fraction, Fraction]:
        """USD for an hour, and the speed, where the model served or is asked first."""
        generation = self.deployed.get(request.deployment if model == request.served else f"{model}-0")
        if generation != "G":
            return exact(gpu["rate"]), Fraction(1)
        known = self.contracts["gpus"]["G"][0]
        return exact(known["rate"]), exact(known["speed"])

    def _capped(self, share: dict[str, Any], day: date, amount: Fraction) -> Fraction:
        if "cap" not in share:
            return amount
        term = share["name"], day.month if share["per"] == "month" else 0
        left = max(Fraction(0), exact(share["cap"]) * 1_000_000 - self.used[term])
        amount = max(-left, min(left, amount))
        self.used[term] += abs(amount)
        return amount

    def _discount(self, request: Settled) -> Fraction:
        rates = [
            exact(each["rate"])
            for each in self.contracts["discounts"]
            if not each["of"] or request.buyer.team in each["of"]["team"]
        ]
        return max(rates, default=Fraction(0))

    @staticmethod
    def _at(rates: dict[str, Any], request: Settled, output: Fraction) -> Fraction:
        fresh = (request.input - request.cached) * exact(rates["input"]) + request.cached * exact(rates["cached_input"])
        return fresh + output * exact(rates["output"])


def exact(number: float) -> Fraction:
    return Fraction(str(number))


def same_tokens(request: Settled) -> Settled:
    """A request whose counterfactual has the same input; the tokenizer of `free` makes more of it."""
    return request if "free" not in (request.served, request.asked) else request._replace(asked=request.served)


@given(CASES)
@settings(max_examples=150)
def test_every_hand_holds_what_moved_into_it(case: Case) -> None:
    config, requests = case
    requests = [same_tokens(request) for request in requests]
    total = booked(config, *requests).total
    verbosity = {model.id: exact(model.verbosity) for model in config.models}
    served, otherwise = Hands(config), Hands(config)
    for request in requests:
        served.serve(request, request.served, request.charged_by, Fraction(request.output))
        length = request.output * verbosity[request.asked] / verbosity[request.served]
        otherwise.serve(request, request.asked, request.asked, length)
    for side, hands in ((total.served, served.hands), (total.otherwise, otherwise.hands)):
        assert Fraction(side.paid) == -hands["customer"]
        assert Fraction(side.waterfall.contribution) == hands["platform"]
        assert Fraction(side.partner.result) == hands["partner"]
        assert Fraction(side.true_cost) == hands["outside"]


@given(CASES)
@settings(max_examples=100)
def test_the_saving_is_what_serving_costs_less_on_every_group(case: Case) -> None:
    config, requests = case
    for by in BYS:
        report = booked(config, *requests, by=by)
        with exactly():
            for group in (report.total, *report.groups):
                kept = group.split
                parts = (kept[name].value for name in ("customer", "platform", "partner"))
                assert sum(parts, Decimal(0)) == kept["true_cost"].value
            assert _sums(report) == report.total.served.waterfall


def _sums(report: Report) -> tuple[Decimal, ...]:
    columns = zip(*(group.served.waterfall for group in report.groups), strict=True)
    return tuple(sum(column, Decimal(0)) for column in columns)


@given(CASES, st.integers(1, 10**9))
@settings(max_examples=60)
def test_a_charge_that_is_not_the_price_is_refused(case: Case, more: int) -> None:
    config, requests = case
    if any(discount["rate"] == 1 for discount in config.documents["contracts.yaml"]["discounts"]):
        return
    wrong = requests[-1]._replace(charged=requests[-1].charged + Decimal(more) / 10**6)
    with pytest.raises(Unbalanced, match=wrong.id):
        booked(config, *requests[:-1], wrong)


@given(CASES)
@settings(max_examples=60)
def test_a_cap_is_never_passed(case: Case) -> None:
    config, requests = case
    for cap in booked(config, *requests).caps:
        assert cap.used <= cap.cap
        assert cap.used_otherwise <= cap.cap


@given(CASES, st.data())
@settings(max_examples=80)
def test_an_amount_that_is_a_little_off_anywhere_is_refused(case: Case, data: st.DataObject) -> None:
    config, (request, *_) = case
    served = _book(config, request)
    places = ["paid", "contribution", "partner paid", "partner back", "partner gpus", "true cost"]
    for world in (0, 1):
        wrong = _nudged(served, data.draw(st.sampled_from(places)), data.draw(st.sampled_from(["1e-12", "-1", "1e9"])))
        both = (wrong, served) if world == 0 else (served, wrong)
        with pytest.raises(Unbalanced), exactly():
            split("x", *both)


def _book(config: Config, request: Settled) -> Booked:
    terms = Terms(config, config, set())
    sale, supply = (
        terms.sale(request.charged_by, request.day, request.buyer),
        terms.supply(request.served, request.day, request.buyer),
    )
    used: dict[Term, Decimal] = {}
    with exactly():
        return book(
            sale,
            supply,
            Tokens(request.input, request.cached, Decimal(request.output)),
            request.charged,
            request.charged,
            used,
        )


def _nudged(booking: Booked, place: str, text: str) -> Booked:
    with exactly():
        by = Decimal(text)
        fall, partner = booking.waterfall, booking.partner
        changes: dict[str, Booked] = {
            "paid": booking._replace(paid=booking.paid + by),
            "contribution": booking._replace(waterfall=fall._replace(contribution=fall.contribution + by)),
            "partner paid": booking._replace(partner=partner._replace(paid=partner.paid + by)),
            "partner back": booking._replace(partner=partner._replace(paid_back=partner.paid_back + by)),
            "partner gpus": booking._replace(partner=partner._replace(gpus=partner.gpus + by)),
            "true cost": booking._replace(true_cost=booking.true_cost + by),
        }
    return changes[place]


@given(CASES)
@settings(max_examples=40)
def test_documents_that_are_kept_give_the_same_contracts(case: Case) -> None:
    config, _ = case
    assert from_documents(config.documents).contracts == config.contracts
