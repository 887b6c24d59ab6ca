"""Who answers, how well, at what list price: from decisions, receipts and the answers themselves."""

from collections.abc import Callable, Mapping

from router.scenarios.measures.measure import Measure
from router.scenarios.sample_intervals import Figure, mean, ratio, share
from router.scenarios.scenario import Both
from router.scenarios.seen import Asked, Step
from router.types import Candidate

THOUSAND_USD = 1 / 1000
"""Micro-dollars of a request to USD of a thousand."""


def _chosen(asked: Asked) -> str | None:
    """The model that answered, or would."""
    return asked.served or (asked.decision.chosen if asked.decision and not asked.receipt else None)


def _part(holds: Callable[[Asked, str], bool]) -> Callable[[Step, str], Figure | None]:
    """The share of the decided requests of which something holds."""

    def worked(step: Step, of: str) -> Figure | None:
        decided = [asked for asked in step.asked if asked.decision]
        return share(sum(holds(asked, of) for asked in decided), len(decided))

    return worked


def _of_model(asked: Asked, model: str) -> bool:
    return _chosen(asked) == model


def _of_owner(asked: Asked, owner: str) -> bool:
    chosen = _chosen(asked)
    return bool(asked.decision and chosen and asked.decision.candidate(chosen).owner == owner)


def fungible(asked: Asked, model: str) -> bool:
    """Whether the band can't tell a model from the best that may answer."""
    decision = asked.decision
    able = [candidate for candidate in decision.candidates if not candidate.excluded] if decision else []
    mine = next((candidate for candidate in able if candidate.model == model), None)
    if decision is None or mine is None:
        return False
    return mine.quality >= max(candidate.quality for candidate in able) - decision.band - 1e-12


def _candidates(step: Step, model: str) -> list[tuple[Candidate, Candidate]]:
    """Of each decided request, what was chosen beside the named model."""
    pairs = []
    for asked in step.asked:
        chosen = _chosen(asked)
        if asked.decision and chosen:
            named = next((row for row in asked.decision.candidates if row.model == model), None)
            if named is not None:
                pairs.append((asked.decision.candidate(chosen), named))
    return pairs


def _quality_of(step: Step, model: str) -> Figure | None:
    return mean([named.quality for _, named in _candidates(step, model)])


def _predicted(step: Step, _: str) -> Figure | None:
    served = [(asked.decision, _chosen(asked)) for asked in step.asked]
    return mean([decision.candidate(chosen).quality for decision, chosen in served if decision and chosen])


def _right(step: Step, of: str) -> Figure | None:
    asked = [each for each in step.answered if not of or each.drawn.case.task == of]
    return share(sum(bool(each.right) for each in asked), len(asked))


def _saving_beside(step: Step, model: str) -> Figure | None:
    pairs = _candidates(step, model)
    return ratio([float(chosen.cost) for chosen, _ in pairs], [float(named.cost) for _, named in pairs])


def _cost(step: Step, _: str) -> Figure | None:
    return mean([float(asked.receipt.cost) for asked in step.answered if asked.receipt], THOUSAND_USD)


def _refused(step: Step, of: str) -> Figure | None:
    asked = [each for each in step.asked if not of or each.drawn.askers.name == of]
    return share(sum(not each.served for each in asked), len(asked))


def _excluded(step: Step, code: str) -> Figure | None:
    """The share of requests from which at least one model was kept out for a reason."""
    return share(sum(code in _codes(asked) for asked in step.asked), len(step.asked))


def _codes(asked: Asked) -> set[str]:
    return {row.code for row in asked.decision.candidates} if asked.decision else set(asked.excluded.values())


def _ramp_share(step: Step, ramp: str) -> Figure | None:
    return Figure(step.shares.get(ramp, 0.0))


def _moved(asked: Asked, ramp: str) -> bool:
    moved = asked.decision.ramp if asked.decision else None
    return bool(moved and moved.arm == "moved" and ramp in ("", moved.ramp))


def _failovers(step: Step, _: str) -> Figure | None:
    tried = [asked.receipt for asked in step.asked if asked.receipt]
    return share(sum(len(receipt.attempts) > 1 for receipt in tried), len(tried))


ROUTING: Mapping[str, Measure] = {
    "served_by": Measure(
        Both("answered by {of}", "{of}이 답한 비율"), "share", _part(_of_model), "model", decided=True
    ),
    "owner_share": Measure(
        Both("answered by models of {of}", "{of} 모델이 답한 비율"), "share", _part(_of_owner), "owner", decided=True
    ),
    "fungible_share": Measure(
        Both("fungible: {of} is within the band of the best", "대체 가능: {of}이 최고와 허용 폭 안에 있는 일"),
        "share",
        _part(fungible),
        "model",
        decided=True,
    ),
    "quality_of": Measure(
        Both("predicted quality of {of}", "{of}의 예측 품질"), "share", _quality_of, "model", decided=True
    ),
    "predicted": Measure(Both("predicted quality", "예측 품질"), "share", _predicted, decided=True),
    "right": Measure(Both("right answers", "맞은 답"), "share", _right, "task"),
    "saving_beside": Measure(
        Both("cheaper than everything on {of}", "모두 {of}에 맡길 때보다 절감"),
        "share",
        _saving_beside,
        "model",
        decided=True,
    ),
    "cost": Measure(Both("list price of 1,000 requests", "요청 1,000건의 정가"), "usd", _cost),
    "refused": Measure(Both("not answered", "답하지 못한 요청"), "share", _refused, "askers"),
    "excluded": Measure(
        Both("requests from which {of} kept a model out", "{of} 때문에 모델이 빠진 요청"), "share", _excluded, "code"
    ),
    "ramp_share": Measure(Both("share of the ramp {of}", "점진 이전 {of}의 비율"), "share", _ramp_share, "ramp"),
    "moved": Measure(
        Both("moved by a ramp", "점진 이전으로 옮겨진 요청"), "share", _part(_moved), "ramp", decided=True
    ),
    "failovers": Measure(Both("answered by the next model", "다음 모델로 넘어간 요청"), "share", _failovers),
}
