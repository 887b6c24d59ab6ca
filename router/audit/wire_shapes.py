"""What is sent to an OpenAI-compatible or Anthropic endpoint, and what is read of its answer.

Invariant: the same prompt and parameters go to every endpoint of an audit, in the shape that each speaks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

Protocol = Literal["openai", "anthropic"]
ANTHROPIC_VERSION = "2023-06-01"
MOST_LOGPROBS = 64
"""Of so many tokens at the beginning of an answer the log-probabilities are looked at."""
# What some endpoints say of how an answer was made, beside it.
ECHOED = (
    *("temperature", "top_p", "max_tokens", "max_completion_tokens", "max_output_tokens", "seed"),
    *("service_tier", "provider", "quantization"),
)


@dataclass(frozen=True, slots=True)
class Parameters:
    """What each call asks for, beside the prompt; `logprobs` are asked for where an API has them."""

    max_tokens: int = 256
    temperature: float | None = None
    system: str | None = None
    logprobs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer: its text, the model that it says answered, tokens as charged (or None), and how it ended.

    `cost_usd` is what the endpoint itself says that it charges, where it does; `logprobs` the first tokens with the
    logarithms of their probabilities; `echoed` what it says of the parameters that it was made with.
    """

    text: str
    model: str | None
    input_tokens: int | None
    output_tokens: int | None
    finish: str | None
    fingerprint: str | None = None
    cost_usd: Decimal | None = None
    logprobs: tuple[tuple[str, float], ...] = ()
    echoed: Mapping[str, str] = field(default_factory=dict)


def path_of(protocol: Protocol) -> str:
    """The path of a chat, below the base that ends in /v1."""
    return "/messages" if protocol == "anthropic" else "/chat/completions"


def headers_of(protocol: Protocol, key: str | None) -> dict[str, str]:
    """The headers of a call."""
    headers = {"content-type": "application/json", "accept": "application/json"}
    if protocol == "anthropic":
        return headers | {"anthropic-version": ANTHROPIC_VERSION} | ({"x-api-key": key} if key else {})
    return headers | ({"authorization": f"Bearer {key}"} if key else {})


def body_of(protocol: Protocol, model: str, prompt: str, wanted: Parameters, limit_name: str) -> dict[str, Any]:
    """The body of a call; `limit_name` is what the endpoint calls the limit of output tokens."""
    messages = [{"role": "user", "content": prompt}]
    body: dict[str, Any] = {"model": model, limit_name: wanted.max_tokens}
    if wanted.temperature is not None:
        body["temperature"] = wanted.temperature
    if wanted.system is not None and protocol == "anthropic":
        body["system"] = wanted.system
    elif wanted.system is not None:
        messages.insert(0, {"role": "system", "content": wanted.system})
    if wanted.logprobs and protocol == "openai":
        body["logprobs"] = True
    return body | {"messages": messages}


def read(protocol: Protocol, body: Any) -> Said:
    """The answer in a body; raises ValueError where there is none."""
    try:
        return _of_anthropic(body) if protocol == "anthropic" else _of_openai(body)
    except (KeyError, TypeError, IndexError, AttributeError):
        raise ValueError("the answer is not in the shape of its API") from None


def _of_openai(body: Mapping[str, Any]) -> Said:
    choice, usage = body["choices"][0], body.get("usage") or {}
    message = choice["message"]
    calls = "".join(
        f"\n{call['function']['name']}({call['function']['arguments']})" for call in message.get("tool_calls") or ()
    )
    return Said(
        text=str(message.get("content") or message.get("refusal") or "") + calls,
        model=_text(body.get("model")),
        input_tokens=_count(usage.get("prompt_tokens")),
        output_tokens=_count(usage.get("completion_tokens")),
        finish=_text(choice.get("finish_reason")),
        fingerprint=_text(body.get("system_fingerprint")),
        cost_usd=_amount(usage.get("cost")) or _amount((body.get("fungible") or {}).get("cost_usd")),
        logprobs=_logprobs(choice.get("logprobs")),
        echoed=_echoed(body),
    )


def _of_anthropic(body: Mapping[str, Any]) -> Said:
    usage = body.get("usage") or {}
    return Said(
        text="".join(str(block.get("text", "")) for block in body["content"]),
        model=_text(body.get("model")),
        input_tokens=_count(usage.get("input_tokens")),
        output_tokens=_count(usage.get("output_tokens")),
        finish=_text(body.get("stop_reason")),
        echoed=_echoed(body),
    )


def _logprobs(value: object) -> tuple[tuple[str, float], ...]:
    """The first tokens with the logarithms of their probabilities; none where they are in another shape."""
    rows = value.get("content") if isinstance(value, Mapping) else None
    read: list[tuple[str, float]] = []
    for row in rows[:MOST_LOGPROBS] if isinstance(rows, list) else ():
        token, log = (row.get("token"), row.get("logprob")) if isinstance(row, Mapping) else (None, None)
        if not isinstance(token, str) or isinstance(log, bool) or not isinstance(log, int | float):
            break
        read.append((token, float(log)))
    return tuple(read)


def _echoed(body: Mapping[str, Any]) -> Mapping[str, str]:
    values = {name: body[name] for name in ECHOED if isinstance(body.get(name), str | int | float)}
    return {name: str(value)[:40] for name, value in values.items() if not isinstance(value, bool)}


def _text(value: object) -> str | None:
    return value[:200] if isinstance(value, str) and value else None


def _amount(value: object) -> Decimal | None:
    """A sum of money in a body, as a number or as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount >= 0 else None


def _count(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None
