"""Counts and times for Prometheus, with OpenTelemetry's GenAI words where it has them."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from router.service import Service
from router.types import Receipt

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Metrics:
    """One registry for one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._children: dict[tuple[object, ...], Counter] = {}
        self._requests = Counter(
            "fungible_requests",
            "Requests that were decided",
            ["policy", "asked", "served", "reason", "outcome"],
            registry=self.registry,
        )
        self._attempts = Counter("fungible_attempts", "Calls of a model", ["model", "outcome"], registry=self.registry)
        self._tokens = Counter(
            "gen_ai_client_token_usage",
            "Tokens used",
            ["gen_ai_response_model", "gen_ai_token_type"],
            registry=self.registry,
        )
        self._cost = Counter(
            "fungible_cost_usd", "List price of what was served, in USD", ["served"], registry=self.registry
        )
        self._duration = Histogram(
            "gen_ai_server_request_duration_seconds",
            "From request to last byte",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._in_flight = Gauge("fungible_in_flight", "Requests being answered now", registry=self.registry)

    def watch(self, receipt: Receipt) -> None:
        """Count one receipt."""
        served = receipt.served or "none"
        decision = receipt.decision
        key = (decision.policy, decision.asked, served, decision.reason, receipt.outcome)
        self._child(self._requests, *key).inc()
        for attempt in receipt.attempts:
            self._child(self._attempts, attempt.model, attempt.outcome).inc()
        if receipt.usage:
            self._child(self._tokens, served, "input").inc(receipt.usage.input_tokens)
            self._child(self._tokens, served, "output").inc(receipt.usage.output_tokens)
        self._child(self._cost, served).inc(float(receipt.cost) / 1e6)
        self._duration.observe(receipt.duration_ms / 1000)

    def _child(self, counter: Counter, *labels: str) -> Counter:
        """A labelled counter, remembered: finding one by its labels costs more than counting."""
        key = (counter, *labels)
        if (found := self._children.get(key)) is None:
            found = self._children[key] = counter.labels(*labels)
        return found

    def text(self, service: Service) -> bytes:
        """The exposition format."""
        self._in_flight.set(service.in_flight)
        return generate_latest(self.registry)
