"""The figures of several workers, as those of one server."""

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from router.api.prometheus import Metrics
from router.api.workers.worker_figures import WorkerFigures, add_up


class Few(Collector):
    """A few families of one worker."""

    def __init__(self, count: float, *, in_flight: float = 0, oldest: float = 0, sound: float = 1) -> None:
        self._count, self._in_flight, self._oldest, self._sound = count, in_flight, oldest, sound

    def collect(self) -> list[Metric]:
        counted = CounterMetricFamily("fungible_requests", "Counted", labels=["served"])
        counted.add_metric(["gpt-5"], self._count)
        times = HistogramMetricFamily("gen_ai_server_request_duration_seconds", "Times")
        times.add_metric([], [("0.5", self._count), ("+Inf", self._count)], self._count / 2)
        return [
            counted,
            times,
            GaugeMetricFamily("fungible_in_flight", "Now", value=self._in_flight),
            GaugeMetricFamily("fungible_ledger_oldest_seconds", "Oldest", value=self._oldest),
            GaugeMetricFamily("fungible_ledger_sound", "Sound", value=self._sound),
        ]


def exposition(collector: Collector) -> bytes:
    registry = CollectorRegistry()
    registry.register(collector)
    return generate_latest(registry)


def figures(text: bytes) -> dict[str, float]:
    families = text_string_to_metric_families(text.decode())
    return {sample.name: sample.value for family in families for sample in family.samples if "le" not in sample.labels}


def test_counts_are_summed_and_of_gauges_the_sum_the_largest_or_the_smallest() -> None:
    one, other = Few(3, in_flight=2, oldest=0.1), Few(4, in_flight=1, oldest=0.7, sound=0)
    summed = figures(add_up([exposition(one).decode(), exposition(other).decode()]))
    assert summed == {
        "fungible_requests_total": 7,
        "gen_ai_server_request_duration_seconds_count": 7,
        "gen_ai_server_request_duration_seconds_sum": 3.5,
        "fungible_in_flight": 3,
        "fungible_ledger_oldest_seconds": 0.7,
        "fungible_ledger_sound": 0,
    }


def test_the_figures_of_one_worker_are_added_up_to_themselves() -> None:
    metrics = Metrics()
    own = exposition(metrics)
    assert add_up([own.decode()]) == own


@pytest.mark.parametrize("asked", [0, 1])
def test_whoever_is_asked_gives_the_figures_of_all(tmp_path: Path, asked: int) -> None:
    workers = [WorkerFigures(tmp_path, number) for number in range(2)]
    texts = [exposition(Few(5)), exposition(Few(6))]
    for worker, text in zip(workers, texts, strict=True):
        worker.share(text)
    assert figures(workers[asked].total(texts[asked]))["fungible_requests_total"] == 11


def test_who_takes_a_place_goes_on_from_its_predecessors_counts_but_not_from_its_gauges(tmp_path: Path) -> None:
    WorkerFigures(tmp_path, 0).share(exposition(Few(5, in_flight=3)))
    next_one = WorkerFigures(tmp_path, 0)
    summed = figures(next_one.total(exposition(Few(1, in_flight=1))))
    assert (summed["fungible_requests_total"], summed["fungible_in_flight"]) == (6, 1)
    next_one.share(exposition(Few(1)))
    assert figures(WorkerFigures(tmp_path, 0).total(exposition(Few(0))))["fungible_requests_total"] == 6
