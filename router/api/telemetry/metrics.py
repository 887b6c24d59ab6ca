"""Figures: how long answers take, what they use and cost, and how often another model answers than was asked for.

Invariant: every attribute has only so many values, whatever clients send.
"""

from opentelemetry.metrics import Meter

from router.api.telemetry.attributes import on_every_figure
from router.decision.names.model_names import asked_label
from router.decision.receipt import reason_served, substituted
from router.serving.request_trace import RequestTrace
from router.types import Receipt

# The buckets that the conventions advise.
_SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
_FIRST = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0]
_TOKENS = [4**power for power in range(14)]


class Figures:
    """The instruments."""

    def __init__(self, meter: Meter) -> None:
        self._duration = meter.create_histogram(
            "gen_ai.client.operation.duration",
            "s",
            "From a request's coming in to the last byte of its answer",
            explicit_bucket_boundaries_advisory=_SECONDS,
        )
        self._first = meter.create_histogram(
            "gen_ai.client.operation.time_to_first_chunk",
            "s",
            "From the decision to the first chunk of a stream",
            explicit_bucket_boundaries_advisory=_FIRST,
        )
        self._tokens = meter.create_histogram(
            "gen_ai.client.token.usage",
            "{token}",
            "Tokens of a request and of its answer",
            explicit_bucket_boundaries_advisory=_TOKENS,
        )
        self._cost = meter.create_counter("fungible.cost", "{USD}", "List price of what was served")
        self._substitutions = meter.create_counter(
            "fungible.substitutions", "{request}", "Answers of another model than was asked for, or chosen by policy"
        )

    def count(self, request_trace: RequestTrace) -> None:
        """Count one request that has ended."""
        attributes = on_every_figure(request_trace)
        failure = request_trace.failure
        self._duration.record(request_trace.seconds, attributes | {"error.type": failure} if failure else attributes)
        answer = request_trace.answer
        if answer is None or (receipt := answer.receipt) is None:
            return
        if answer.request.stream and receipt.first_chunk_ms is not None:
            self._first.record(receipt.first_chunk_ms / 1000, attributes)
        if (usage := receipt.usage) is not None and not receipt.cached_from:
            self._tokens.record(usage.input_tokens, attributes | {"gen_ai.token.type": "input"})
            self._tokens.record(usage.output_tokens, attributes | {"gen_ai.token.type": "output"})
        self._count_money(receipt)

    def _count_money(self, receipt: Receipt) -> None:
        if receipt.served is None:
            return
        policy = {"fungible.policy": receipt.decision.policy}
        self._cost.add(float(receipt.cost) / 1e6, policy | {"gen_ai.response.model": receipt.served})
        if substituted(receipt):
            moved = {
                "gen_ai.request.model": asked_label(receipt.ask, receipt.notes),
                "gen_ai.response.model": receipt.served,
                "fungible.reason": reason_served(receipt),
            }
            self._substitutions.add(1, policy | moved)
