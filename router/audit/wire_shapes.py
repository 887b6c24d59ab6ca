"""What is sent to an OpenAI-compatible or Anthropic endpoint, and what is read of its answer.

Invariant: the same prompt and parameters go to every endpoint of an audit, in the shape that each speaks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

Protocol = Literal["openai", "anthropic"]
ANTHROPIC_VERSION = "2023-06-01"


@dataclass(frozen=True, slots=True)
class Parameters:
    """What each call asks for, beside the prompt."""

    max_tokens: int = 256
    temperature: float | None = None
    system: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer: its text, the model that it says answered, tokens as charged (or None), and how it ended.

    `cost_usd` is what the endpoint itself says that it charges, where it does.
    """

    text: str
    model: str | None
    input_tokens: int | None
    output_tokens: int | None
    finish: str | None
    fingerprint: str | None = None
    cost_usd: Decimal | None = None


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
    )


def _of_anthropic(body: Mapping[str, Any]) -> Said:
    usage = body.get("usage") or {}
    return Said(
        text="".join(str(block.get("text", "")) for block in body["content"]),
        model=_text(body.get("model")),
        input_tokens=_count(usage.get("input_tokens")),
        output_tokens=_count(usage.get("output_tokens")),
        finish=_text(body.get("stop_reason")),
    )


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
