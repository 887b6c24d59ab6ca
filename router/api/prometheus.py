"""Counts and times for Prometheus, with OpenTelemetry's GenAI words where it has them.

Invariant: a request costs a few dictionary additions; the exposition is made when somebody asks for it.
"""

import asyncio
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from router.api.http.loop_lag import BOUNDS_S, LoopLag
from router.api.live_config import LiveConfig
from router.api.workers.worker_figures import SHARE_S, WorkerFigures
from router.decision.names.model_names import asked_label
from router.evidence.drift import Change
from router.serving.service import Service
from router.types import Receipt

if TYPE_CHECKING:
    from router.audit.backend_watch import BackendWatch

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, float("inf"))
_REQUESTS = ["policy", "asked", "served", "reason", "outcome"]
_TOKENS = ["gen_ai_response_model", "gen_ai_token_type"]


class Metrics(Collector):
    """One process' figures since it started."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, ...]] = Counter()
        self._attempts: Counter[tuple[str, ...]] = Counter()
        self._tokens: Counter[tuple[str, ...]] = Counter()
        self._swapped: Mapping[tuple[str, ...], float] = {}
        self._usd: dict[tuple[str, ...], float] = {}
        self._buckets = [0] * len(_SECONDS)
        self._seconds = 0.0
        self._in_flight = 0
        self._reloads: Mapping[tuple[str, ...], float] = {}
        self._sound = True
        self._waiting, self._oldest_s, self._ledger_sound = 0, 0.0, True
        self._shared_out: bool | None = None
        self._ramps: Mapping[str, float] = {}
        self._limited: Mapping[tuple[str, ...], float] = {}
        self._reached: Mapping[tuple[str, ...], float] = {}
        self._offers: dict[tuple[str, ...], float] = {}
        self._ejected: dict[str, int] = {}
        self.loop_lag = LoopLag()
        self.backend_watches: Sequence[BackendWatch] = ()
        self.workers: WorkerFigures | None = None
        """Where those of the server's other processes are, if it has several."""
        self._drift: Sequence[Change] = ()
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def watch(self, receipt: Receipt) -> None:
        """Count one receipt."""
        served = receipt.served or "none"
        decision, cached = receipt.decision, bool(receipt.cached_from)
        reason = "cache" if cached else decision.reason
        self._requests[(decision.policy, asked_label(receipt.ask, receipt.notes), served, reason, receipt.outcome)] += 1
        for attempt in receipt.attempts:
            self._attempts[(attempt.model, attempt.outcome)] += 1
        if receipt.usage and not cached:
            self._tokens[(served, "input")] += receipt.usage.input_tokens
            self._tokens[(served, "output")] += receipt.usage.output_tokens
        # A gauge of spending for dashboards; exact money stands in the receipts.
        self._usd[(served,)] = self._usd.get((served,), 0.0) + float(receipt.cost) / 1e6
        seconds = receipt.duration_ms / 1000
        self._seconds += seconds
        self._buckets[bisect_left(_SECONDS, seconds)] += 1

    def text(self, service: Service, live_config: LiveConfig) -> bytes:
        """The exposition format; of all workers, where there are several."""
        own = self._own(service, live_config)
        return self.workers.total(own) if self.workers else own

    async def keep_sharing(self, service: Service, live_config: LiveConfig) -> None:
        """Leave these figures where other workers see them, for as long as the server runs."""
        while self.workers:
            await asyncio.to_thread(self.workers.share, self._own(service, live_config))
            await asyncio.sleep(SHARE_S)

    def _own(self, service: Service, live_config: LiveConfig) -> bytes:
        self._in_flight = service.state.in_flight
        self._reloads = {(outcome,): count for outcome, count in live_config.reloads.items()}
        self._sound = live_config.fault is None
        self._waiting, self._oldest_s = live_config.ledger.waiting, live_config.ledger.oldest_s
        self._ledger_sound = service.state.describe_ledger() is None
        self._shared_out = service.state.accounts.is_shared_out
        self._limited = {(key, why): count for (key, why), count in service.rate_limiter.refused.items()}
        self._reached = {(budget,): count for budget, count in service.state.reached_limits.counts.items()}
        self._ramps = {ramp.name: ramp.share for ramp in service.config.ramps}
        states = service.state.pool.states
        self._offers = {(name, answer): n for name, state in states.items() for answer, n in state.offers.items()}
        self._swapped = {(name,): count for name, count in service.state.pool.swapped.items()}
        self._ejected = {name: int(state.breaker.until is not None) for name, state in states.items()}
        self._drift = live_config.drift.last.changes if live_config.drift.last else ()
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Every family, as prometheus_client wants them."""
        yield _counter("fungible_requests", "Requests that were decided", _REQUESTS, self._requests)
        yield _counter("fungible_attempts", "Calls of a model", ["model", "outcome"], self._attempts)
        words = "Answers whose backend said that another model answered than it was asked for"
        yield _counter("fungible_backend_other_model", words, ["deployment"], self._swapped)
        yield from _of_audits(self.backend_watches)
        yield from _of_drift(self._drift)
        yield _counter("gen_ai_client_token_usage", "Tokens used", _TOKENS, self._tokens)
        yield _counter("fungible_cost_usd", "List price of what was served, in USD", ["served"], self._usd)
        yield GaugeMetricFamily("fungible_in_flight", "Requests being answered now", value=self._in_flight)
        limited = "Requests that a limit of their key refused"
        yield _counter("fungible_key_refusals", limited, ["key", "limit"], self._limited)
        reached = "Requests that came while a budget, or a step of one, was at its limit"
        yield _counter("fungible_budget_reached", reached, ["budget"], self._reached)
        yield _counter("fungible_configuration_changes", "Changes of configuration", ["outcome"], self._reloads)
        sound = "1 while the files are sound, 0 while an unsound edit is refused and the old configuration serves"
        yield GaugeMetricFamily("fungible_configuration_sound", sound, value=int(self._sound))
        yield GaugeMetricFamily("fungible_ledger_waiting", "Receipts that are not on disk yet", value=self._waiting)
        oldest = "For how long the oldest of them has waited"
        yield GaugeMetricFamily("fungible_ledger_oldest_seconds", oldest, value=self._oldest_s)
        ledger = "1 while receipts can be written in time and read, 0 while /readyz says why not"
        yield GaugeMetricFamily("fungible_ledger_sound", ledger, value=int(self._ledger_sound))
        if self._shared_out is not None:
            limits = "1 while budgets are shared out by --limits-at, 0 while the database holds them, call by call"
            yield GaugeMetricFamily("fungible_limits_shared_out", limits, value=int(self._shared_out))
        shares = GaugeMetricFamily("fungible_ramp_share", "The share that each ramp moves now", labels=["ramp"])
        for name, share in self._ramps.items():
            shares.add_metric([name], share)
        yield shares
        words = "Requests that a deployment was offered, by whether it took them"
        yield _counter("fungible_offers", words, ["deployment", "answer"], self._offers)
        ejected = GaugeMetricFamily("fungible_deployment_ejected", "1 while a breaker is open", labels=["deployment"])
        for name, out in self._ejected.items():
            ejected.add_metric([name], out)
        yield ejected
        lag, late = self.loop_lag, "How late timers of the event loop are: what a request waits for others"
        yield _histogram("fungible_event_loop_lag_seconds", late, BOUNDS_S, lag.counts, lag.seconds)
        worst = "The longest of the last minute or two"
        yield GaugeMetricFamily("fungible_event_loop_lag_worst_seconds", worst, value=lag.worst_s)
        words = "From request to last byte"
        yield _histogram("gen_ai_server_request_duration_seconds", words, _SECONDS, self._buckets, self._seconds)


def _of_audits(watches: "Sequence[BackendWatch]") -> Iterator[Metric]:
    """What the router's audits of its own backends say."""
    words = "What has gathered against a backend since its last alarm; it rings at false_alarms"
    level = GaugeMetricFamily("fungible_backend_audit_level", words, labels=["provider"])
    for watch in watches:
        level.add_metric([watch.provider], watch.level)
    yield level
    for name, of in (("calls", "Calls of the audit"), ("failed", "Those that failed"), ("alarms", "Its alarms")):
        counts: dict[tuple[str, ...], float] = {(watch.provider,): float(getattr(watch, name)) for watch in watches}
        yield _counter(f"fungible_backend_audit_{name}", f"{of} of a backend", ["provider"], counts)


def _of_drift(changes: Sequence[Change]) -> Iterator[Metric]:
    """How far the requests of the last days are from those before."""
    words = "How far the requests of the last 7 days are from those of the 28 days before; looked at each 15 minutes"
    distance = GaugeMetricFamily("fungible_drift_distance", words, labels=["what"])
    drifted = GaugeMetricFamily("fungible_drift", "1 where that is more than chance", labels=["what"])
    for change in changes:
        distance.add_metric([change.what], change.distance)
        drifted.add_metric([change.what], int(change.drifted))
    yield distance
    yield drifted


def _histogram(name: str, words: str, bounds: Sequence[float], counts: Sequence[int], total: float) -> Metric:
    family = HistogramMetricFamily(name, words)
    below, buckets = 0, []
    for limit, count in zip(bounds, counts, strict=True):
        below += count
        buckets.append(("+Inf" if limit == float("inf") else str(limit), float(below)))
    family.add_metric([], buckets, total)
    return family


def _counter(name: str, words: str, labels: list[str], counts: Mapping[tuple[str, ...], float]) -> Metric:
    family = CounterMetricFamily(name, words, labels=labels)
    for key, value in counts.items():
        family.add_metric(key, value)
    return family
