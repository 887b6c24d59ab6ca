"""Capacity: which cloud was offered, took and waived what, and what a token costs on a fleet of several GPUs.

Invariant: what is offered and taken is read from receipts; GPU-hours are those of the contracts of that day.
"""

from collections.abc import Mapping
from datetime import date

from router.scenarios.measures.measure import Measure
from router.scenarios.sample_intervals import Figure, share
from router.scenarios.scenario import Both
from router.scenarios.seen import Asked, Step
from router.types import Config, Deployment
from router.types.contracts import GpuGeneration, GpuTime


def _places(step: Step) -> dict[str, Deployment]:
    return {deployment.name: deployment for deployment in step.config.deployments}


def _taken_at(asked: Asked) -> str:
    """The deployment that answered."""
    attempts = asked.receipt.attempts if asked.receipt and asked.receipt.served else ()
    return attempts[-1].deployment if attempts else ""


def _taken(step: Step, cloud: str) -> Figure | None:
    places = _places(step)
    at = [places[name].cloud for asked in step.asked if (name := _taken_at(asked)) in places]
    return share(sum(name == cloud for name in at), len(step.asked))


def _offered(step: Step, cloud: str) -> Figure | None:
    return _offers(step, cloud, waived=False)


def _waived(step: Step, cloud: str) -> Figure | None:
    return _offers(step, cloud, waived=True)


def _offers(step: Step, cloud: str, *, waived: bool) -> Figure | None:
    """The share of requests that a cloud was offered, or of those the share that it waived."""
    places = _places(step)
    answers = []
    for asked in step.asked:
        offers = asked.receipt.offers if asked.receipt else ()
        mine = [
            offer.answer for offer in offers if offer.deployment in places and places[offer.deployment].cloud == cloud
        ]
        if mine:
            answers.append("taken" in mine)
    if waived:
        return share(sum(not taken for taken in answers), len(answers))
    return share(len(answers), len(step.asked))


def _capacity(step: Step, cloud: str) -> Figure | None:
    """Requests a minute that deployments can take, in a cloud or in all."""
    rates = [
        place.capacity.requests_per_minute or 0 for place in _places(step).values() if not cloud or place.cloud == cloud
    ]
    return Figure(float(sum(rates)))


def gpu_time(config: Config, model: str, day: date) -> GpuTime | None:
    """The GPU-hours of a model's tokens on that day."""
    rows = [row for row in config.contracts.costs.get(model, ()) if row.since <= day and row.gpu]
    return rows[-1].gpu if rows else None


def generation(config: Config, name: str, day: date) -> GpuGeneration | None:
    """A generation of GPUs as it is on that day."""
    rows = [row for row in config.contracts.gpus.get(name, ()) if row.since <= day]
    return rows[-1] if rows else None


def _hours(asked: Asked, step: Step) -> tuple[float, float, float]:
    """GPU-hours at speed one, GPU-hours where it was served, and tokens of one request."""
    receipt = asked.receipt
    time = gpu_time(step.config, asked.served or "", step.begins)
    if receipt is None or receipt.usage is None or time is None:
        return 0.0, 0.0, 0.0
    usage = receipt.usage
    hours = (usage.input_tokens * float(time.input) + usage.output_tokens * float(time.output)) / 1e6
    place = _places(step).get(_taken_at(asked))
    gpus = generation(step.config, place.gpu, step.begins) if place else None
    return hours, hours / float(gpus.speed if gpus else 1), float(usage.input_tokens + usage.output_tokens)


def _tokens_per_hour(step: Step, _: str) -> Figure | None:
    rows = [_hours(asked, step) for asked in step.answered]
    hours = sum(row[1] for row in rows)
    return Figure(sum(row[2] for row in rows) / hours) if hours else None


def _utilisation(step: Step, _: str) -> Figure | None:
    capacity = _capacity(step, "")
    if capacity is None or not capacity.value:
        return None
    places = _places(step)
    return Figure(sum(_taken_at(asked) in places for asked in step.asked) / capacity.value)


def _token_cost(step: Step, _: str) -> Figure | None:
    """USD for a million tokens that were served, idle GPUs included."""
    rows = [_hours(asked, step) for asked in step.answered]
    tokens = sum(row[2] for row in rows)
    if not tokens:
        return None
    each, owned = sum(row[0] for row in rows) / len(rows), 0.0
    for place in step.config.deployments:
        gpus = generation(step.config, place.gpu, step.begins)
        if gpus is not None:
            owned += (place.capacity.requests_per_minute or 0) * each / float(gpus.speed) * float(gpus.rate)
    return Figure(owned / tokens * 1e6)


FLEET: Mapping[str, Measure] = {
    "taken_by": Measure(Both("taken by {of}", "{of}가 맡은 요청"), "share", _taken, "cloud"),
    "offered_to": Measure(Both("offered to {of}", "{of}에 제안된 요청"), "share", _offered, "cloud"),
    "waived_by": Measure(
        Both("waived by {of}, of what it was offered", "제안받은 것 중 {of}가 넘긴 비율"), "share", _waived, "cloud"
    ),
    "capacity": Measure(
        Both("capacity of {of}, requests a minute", "{of} 용량, 분당 요청"), "count", _capacity, "cloud"
    ),
    "tokens_per_gpu_hour": Measure(Both("tokens per GPU-hour", "GPU 시간당 토큰"), "count", _tokens_per_hour),
    "utilisation": Measure(Both("utilisation of the fleet", "설비 이용률"), "share", _utilisation),
    "token_cost": Measure(
        Both("cost of a million tokens, idle GPUs included", "토큰 100만 개의 비용(쉬는 GPU 포함)"), "usd", _token_cost
    ),
}
