"""The figures of all workers as those of one server: each leaves its own in a shared folder, whoever is asked adds up.

Invariant: a counter never falls because a worker was replaced: who takes a place goes on from its predecessor's
counts. Of gauges the sum is given, but for those of which the worst says more.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

SHARE_S = 1.0
"""So often each worker leaves its figures: what is added up is at most this much older than the question."""
_LARGEST = (
    "fungible_ledger_oldest_seconds",
    "fungible_event_loop_lag_worst_seconds",
    "fungible_deployment_ejected",
    "fungible_ramp_share",
    "fungible_backend_audit_level",
    "fungible_drift",
    "fungible_drift_distance",
)
_SMALLEST = ("fungible_configuration_sound", "fungible_ledger_sound", "fungible_limits_shared_out")
_Key = tuple[str, tuple[tuple[str, str], ...]]


class WorkerFigures:
    """The figures that the workers of one server share, as worker `number` sees them."""

    def __init__(self, folder: Path, number: int) -> None:
        self._folder, self._own = folder, folder / f"{number}.prom"
        before = self._own.read_text("utf-8") if self._own.exists() else ""
        self._before = add_up([before], only_counts=True)

    def share(self, text: bytes) -> None:
        """Leave this worker's figures where the others see them."""
        partial = self._own.with_suffix(".partial")
        partial.write_bytes(self._grown(text))
        partial.replace(self._own)

    def total(self, text: bytes) -> bytes:
        """All workers' figures, `text` being this one's of now."""
        others = [file.read_text("utf-8") for file in sorted(self._folder.glob("*.prom")) if file != self._own]
        return add_up([self._grown(text).decode(), *others])

    def _grown(self, text: bytes) -> bytes:
        """This worker's figures, with the counts of those that had its place before."""
        return add_up([text.decode(), self._before.decode()])


def add_up(texts: Iterable[str], *, only_counts: bool = False) -> bytes:
    """Several expositions as one; `only_counts` leaves gauges out."""
    families: dict[str, Metric] = {}
    values: dict[str, dict[_Key, float]] = {}
    for text in texts:
        for family in text_string_to_metric_families(text):
            if only_counts and family.type == "gauge":
                continue
            families.setdefault(family.name, family)
            sums, add = values.setdefault(family.name, {}), _adding(family.name)
            for sample in family.samples:
                key = sample.name, tuple(sample.labels.items())
                sums[key] = add(sums[key], sample.value) if key in sums else sample.value
    registry = CollectorRegistry()
    registry.register(_Families(families, values))
    return generate_latest(registry)


def _adding(family: str) -> Callable[[float, float], float]:
    if family in _LARGEST:
        return max
    return min if family in _SMALLEST else float.__add__


class _Families(Collector):
    """Families with the values that were added up."""

    def __init__(self, families: dict[str, Metric], values: dict[str, dict[_Key, float]]) -> None:
        self._families, self._values = families, values

    def collect(self) -> Iterator[Metric]:
        """Each, with its samples."""
        for name, family in self._families.items():
            summed = Metric(name, family.documentation, family.type)
            summed.samples = [Sample(key, dict(labels), value) for (key, labels), value in self._values[name].items()]
            yield summed
