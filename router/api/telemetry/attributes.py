"""What spans and figures say of a request, in the words of OpenTelemetry's GenAI conventions, and ours beside them.

Invariant: names, counts and codes alone; nothing that a client wrote but the names of a model, and numbers.
"""

from collections.abc import Iterator

from router.api.surfaces.registry import SURFACES
from router.decision.names.model_names import asked_label
from router.decision.receipt import reason_served, substituted
from router.money import usd
from router.serving.observed_answer import ObservedAnswer
from router.serving.request_trace import RequestTrace
from router.types import ChatRequest, Receipt

Value = str | int | float | bool | tuple[str, ...]
# Who is called where nobody was.
NOBODY = "fungible"


def of_request(request: ChatRequest) -> dict[str, Value]:
    """What the client set, where it is a number or a switch."""
    attributes: dict[str, Value | None] = {
        "gen_ai.request.stream": request.stream or None,
        "gen_ai.request.max_tokens": request.output_limit,
        "gen_ai.request.temperature": request.temperature,
        "gen_ai.request.top_p": request.top_p,
        "gen_ai.request.seed": request.seed,
        "gen_ai.request.frequency_penalty": request.frequency_penalty,
        "gen_ai.request.presence_penalty": request.presence_penalty,
        "gen_ai.request.choice.count": request.n if request.choices > 1 else None,
        "gen_ai.output.type": "json" if request.wants_json else None,
    }
    return {name: value for name, value in attributes.items() if value is not None}


def of_answer(answer: ObservedAnswer, receipt: Receipt) -> dict[str, Value]:
    """What answered, and what it took."""
    attributes: dict[str, Value] = {}
    if receipt.served is not None:
        attributes["gen_ai.response.model"] = receipt.served
    if reasons := {chunk.index: chunk.finish_reason for chunk in answer.chunks if chunk.finish_reason}:
        attributes["gen_ai.response.finish_reasons"] = tuple(reasons[index] for index in sorted(reasons))
    if (usage := receipt.usage) is not None:
        attributes["gen_ai.usage.input_tokens"] = usage.input_tokens
        attributes["gen_ai.usage.output_tokens"] = usage.output_tokens
        if usage.cached_input_tokens:
            attributes["gen_ai.usage.cache_read.input_tokens"] = usage.cached_input_tokens
        if usage.cache_write_tokens:
            attributes["gen_ai.usage.cache_creation.input_tokens"] = usage.cache_write_tokens
        if usage.reasoning_tokens:
            attributes["gen_ai.usage.reasoning.output_tokens"] = usage.reasoning_tokens
    if answer.request.stream and receipt.first_chunk_ms is not None:
        attributes["gen_ai.response.time_to_first_chunk"] = receipt.first_chunk_ms / 1000
    return attributes


def of_decision(receipt: Receipt) -> dict[str, Value]:
    """Why that model, and what it cost."""
    decision, caller = receipt.decision, receipt.ask.caller
    attributes: dict[str, Value | None] = {
        "fungible.receipt": receipt.id,
        "fungible.policy": decision.policy,
        "fungible.baseline": decision.baseline,
        "fungible.chosen": receipt.chosen,
        "fungible.reason": reason_served(receipt),
        "fungible.substituted": substituted(receipt),
        "fungible.outcome": receipt.outcome,
        "fungible.revision": decision.revision,
        "fungible.ramp": decision.ramp.ramp if decision.ramp else None,
        # Attributes have no decimals; exact money stands in the receipt.
        "fungible.cost_usd": float(usd(receipt.cost)),
        "fungible.cost_delta_usd": float(usd(receipt.cost - receipt.baseline_cost)),
        "fungible.key": caller.key,
        "fungible.team": caller.team,
    }
    return {name: value for name, value in attributes.items() if value is not None}


def provider_of(answer: ObservedAnswer, receipt: Receipt) -> str:
    """The provider of what served, or of what was tried last: its name in `providers.yaml`."""
    last = receipt.attempts[-1] if receipt.attempts else None
    return answer.active.provider_of(last.model, last.deployment) if last else NOBODY


def on_every_figure(request_trace: RequestTrace) -> dict[str, Value]:
    """The attributes of every histogram."""
    return dict(_figured(request_trace))


def _figured(request_trace: RequestTrace) -> Iterator[tuple[str, Value]]:
    yield "gen_ai.operation.name", SURFACES.operation(request_trace.path)
    answer = request_trace.answer
    receipt = answer.receipt if answer is not None else None
    if answer is None or receipt is None:
        yield "gen_ai.provider.name", NOBODY
        return
    yield "gen_ai.provider.name", provider_of(answer, receipt)
    # The name of a model or a policy of the configuration, so there are only so many.
    yield "gen_ai.request.model", asked_label(receipt.ask, receipt.notes)
    if receipt.served is not None:
        yield "gen_ai.response.model", receipt.served
