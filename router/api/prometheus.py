"""Counts and times for Prometheus, with OpenTelemetry's GenAI words where it has them.

Invariant: a request costs a few dictionary additions; the exposition is made when somebody asks for it.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from router.api.live_config import LiveConfig
from router.serving.service import Service
from router.types import Receipt

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, float("inf"))
_REQUESTS = ["policy", "asked", "served", "reason", "outcome"]
_TOKENS = ["gen_ai_response_model", "gen_ai_token_type"]


class Metrics(Collector):
    """One server's figures since it started."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, ...]] = Counter()
        self._attempts: Counter[tuple[str, ...]] = Counter()
        self._tokens: Counter[tuple[str, ...]] = Counter()
        self._usd: dict[tuple[str, ...], float] = {}
        self._buckets = [0] * len(_SECONDS)
        self._seconds = 0.0
        self._in_flight = 0
        self._reloads: Mapping[tuple[str, ...], float] = {}
        self._sound = True
        self._waiting = 0
        self._ramps: Mapping[str, float] = {}
        self._limited: Mapping[tuple[str, ...], float] = {}
        self._offers: dict[tuple[str, ...], float] = {}
        self._ejected: dict[str, int] = {}
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def watch(self, receipt: Receipt) -> None:
        """Count one receipt."""
        served = receipt.served or "none"
        decision = receipt.decision
        self._requests[(decision.policy, decision.asked, served, decision.reason, receipt.outcome)] += 1
        for attempt in receipt.attempts:
            self._attempts[(attempt.model, attempt.outcome)] += 1
        if receipt.usage:
            self._tokens[(served, "input")] += receipt.usage.input_tokens
            self._tokens[(served, "output")] += receipt.usage.output_tokens
        # A gauge of spending for dashboards; exact money stands in the receipts.
        self._usd[(served,)] = self._usd.get((served,), 0.0) + float(receipt.cost) / 1e6
        seconds = receipt.duration_ms / 1000
        self._seconds += seconds
        self._buckets[bisect_left(_SECONDS, seconds)] += 1

    def text(self, service: Service, live_config: LiveConfig) -> bytes:
        """The exposition format."""
        self._in_flight = service.state.in_flight
        self._reloads = {(outcome,): count for outcome, count in live_config.reloads.items()}
        self._sound = live_config.fault is None
        self._waiting = live_config.ledger.waiting
        self._limited = {(key, why): count for (key, why), count in service.rate_limiter.refused.items()}
        self._ramps = {ramp.name: ramp.share for ramp in service.config.ramps}
        states = service.state.pool.states
        self._offers = {(name, answer): n for name, state in states.items() for answer, n in state.offers.items()}
        self._ejected = {name: int(state.breaker.until is not None) for name, state in states.items()}
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Every family, as prometheus_client wants them."""
        yield _counter("fungible_requests", "Requests that were decided", _REQUESTS, self._requests)
        yield _counter("fungible_attempts", "Calls of a model", ["model", "outcome"], self._attempts)
        yield _counter("gen_ai_client_token_usage", "Tokens used", _TOKENS, self._tokens)
        yield _counter("fungible_cost_usd", "List price of what was served, in USD", ["served"], self._usd)
        yield GaugeMetricFamily("fungible_in_flight", "Requests being answered now", value=self._in_flight)
        limited = "Requests that a limit of their key refused"
        yield _counter("fungible_key_refusals", limited, ["key", "limit"], self._limited)
        yield _counter("fungible_configuration_changes", "Changes of configuration", ["outcome"], self._reloads)
        sound = "1 while the files are sound, 0 while an unsound edit is refused and the old configuration serves"
        yield GaugeMetricFamily("fungible_configuration_sound", sound, value=int(self._sound))
        yield GaugeMetricFamily("fungible_ledger_waiting", "Receipts that are not on disk yet", value=self._waiting)
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
        yield self._durations()

    def _durations(self) -> Metric:
        family = HistogramMetricFamily("gen_ai_server_request_duration_seconds", "From request to last byte")
        below, buckets = 0, []
        for limit, count in zip(_SECONDS, self._buckets, strict=True):
            below += count
            buckets.append(("+Inf" if limit == float("inf") else str(limit), float(below)))
        family.add_metric([], buckets, self._seconds)
        return family


def _counter(name: str, words: str, labels: list[str], counts: Mapping[tuple[str, ...], float]) -> Metric:
    family = CounterMetricFamily(name, words, labels=labels)
    for key, value in counts.items():
        family.add_metric(key, value)
    return family
