"""Money of a thousand requests, from the books: the waterfall, who kept a saving, and how it leans on one owner."""

from collections import Counter
from collections.abc import Callable, Mapping

from router.accounting.savings.clustered_intervals import Estimate
from router.scenarios.measures.measure import Measure
from router.scenarios.sample_intervals import Figure, ratio
from router.scenarios.scenario import Both
from router.scenarios.seen import Step

MICRO = 1_000_000


def _thousand(micro_dollars: object, requests: int) -> float:
    return float(micro_dollars) / MICRO / requests * 1000  # type: ignore[arg-type]


def _line(name: str, *, otherwise: bool = False) -> Callable[[Step, str], Figure | None]:
    """A line of the waterfall, as served or as if the asked model had served."""

    def worked(step: Step, _: str) -> Figure | None:
        if step.money is None:
            return None
        side = step.money.otherwise if otherwise else step.money.served
        return Figure(_thousand(getattr(side.waterfall, name), step.money.requests))

    return worked


def _paid(step: Step, _: str) -> Figure | None:
    return Figure(_thousand(step.money.served.paid, step.money.requests)) if step.money else None


def _true_cost(step: Step, _: str) -> Figure | None:
    return Figure(_thousand(step.money.served.true_cost, step.money.requests)) if step.money else None


def _margin_rate(step: Step, _: str) -> Figure | None:
    if step.money is None or not (revenue := float(step.money.served.waterfall.revenue)):
        return None
    return Figure(float(step.money.served.waterfall.gross_margin) / revenue)


def _kept(part: str) -> Callable[[Step, str], Figure | None]:
    def worked(step: Step, _: str) -> Figure | None:
        if step.money is None:
            return None
        estimate: Estimate = step.money.split[part]
        ends = (None if end is None else _thousand(end, step.money.requests) for end in estimate)
        value, low, high = ends
        return Figure(value or 0.0, low, high)

    return worked


def revenue_by_owner(step: Step) -> Counter[str]:
    """What was charged for each owner's models, in micro-dollars."""
    owners: Counter[str] = Counter()
    for asked in step.answered:
        if asked.receipt and asked.receipt.served:
            owners[asked.receipt.decision.candidate(asked.receipt.served).owner] += int(asked.receipt.charged * 1000)
    return owners


def _revenue_share(step: Step, owner: str) -> Figure | None:
    receipts = [asked.receipt for asked in step.answered if asked.receipt and asked.receipt.served]
    owners = [receipt.decision.candidate(receipt.served or "").owner for receipt in receipts]
    charged = [float(receipt.charged) for receipt in receipts]
    figure = ratio([0.0 if of == owner else paid for of, paid in zip(owners, charged, strict=True)], charged)
    return figure and Figure(*(None if end is None else min(1.0, max(0.0, end)) for end in figure))  # type: ignore[arg-type]


def _hhi(step: Step, _: str) -> Figure | None:
    owners = revenue_by_owner(step)
    whole = sum(owners.values())
    return Figure(sum((amount / whole) ** 2 for amount in owners.values())) if whole else None


_PER = Both("{what} of 1,000 requests", "요청 1,000건의 {what}")


def _said(en: str, ko: str) -> Both:
    return Both(_PER.en.replace("{what}", en), _PER.ko.replace("{what}", ko))


MONEY: Mapping[str, Measure] = {
    "list_value": Measure(_said("list value", "정가"), "usd", _line("list_value")),
    "paid": Measure(_said("what customers pay", "고객이 내는 돈"), "usd", _paid),
    "revenue": Measure(_said("net revenue", "순매출"), "usd", _line("revenue")),
    "inference": Measure(_said("inference cost", "추론 비용"), "usd", _line("inference")),
    "partner_share": Measure(_said("share paid to the partner", "파트너에게 주는 몫"), "usd", _line("share")),
    "gross_margin": Measure(_said("gross margin", "매출총이익"), "usd", _line("gross_margin")),
    "contribution": Measure(_said("contribution margin", "공헌이익"), "usd", _line("contribution")),
    "contribution_as_asked": Measure(
        _said("contribution margin, had the asked model served", "요청한 모델이 답했을 때의 공헌이익"),
        "usd",
        _line("contribution", otherwise=True),
    ),
    "true_cost": Measure(_said("true cost", "실제 비용"), "usd", _true_cost),
    "margin_rate": Measure(Both("gross margin", "매출총이익률"), "share", _margin_rate),
    "kept_by_customer": Measure(_said("saving kept by customers", "고객이 가진 절감액"), "usd", _kept("customer")),
    "kept_by_platform": Measure(_said("saving kept by the platform", "플랫폼이 가진 절감액"), "usd", _kept("platform")),
    "kept_by_partner": Measure(_said("saving kept by the partner", "파트너가 가진 절감액"), "usd", _kept("partner")),
    "revenue_share": Measure(
        Both("revenue from models of {of}", "{of} 모델의 매출 비중"), "share", _revenue_share, "owner"
    ),
    "hhi": Measure(Both("concentration of revenue (HHI)", "매출 집중도(HHI)"), "number", _hhi),
}
