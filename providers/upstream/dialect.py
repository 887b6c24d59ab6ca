"""What only Anthropic's API has a word for: it stands in `extra`, apart, so that other backends never see it.

Invariant: whoever can't say it to a backend notes it; the words themselves are not looked at here.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from providers.upstream.notes import note
from router.errors import ProviderError
from router.types import ChatRequest, Message
from router.types.chat import ANTHROPIC
from router.types.receipt_words import parameter_name

_NOTHING = "max_tokens: 0 fills a cache and says no word, which only Anthropic's API can be asked for; give 1 or more"
Extra = Mapping[str, Any] | None


def own(extra: Extra) -> dict[str, Any]:
    """The words for that API."""
    words = (extra or {}).get(ANTHROPIC)
    return dict(words) if isinstance(words, Mapping) else {}


def without(extra: Extra) -> dict[str, Any]:
    """The words for any API."""
    return {name: value for name, value in (extra or {}).items() if name != ANTHROPIC}


def unsent(request: ChatRequest) -> list[str]:
    """Notes of what is not sent to another API, or only in other words; raises ProviderError for what can't be."""
    if own(request.extra).get("max_tokens") == 0:
        raise ProviderError("rejected", _NOTHING)
    if request.extra is None and request.tools is None and all(map(_is_plain, request.messages)):
        return []
    words = [word for extra in _extras(request) if extra for word in own(extra).items()]
    return [said for word, value in words if (said := _noted(word, value))]


def thoughts(order: object) -> list[dict[str, Any]]:
    """The thinking blocks of an order of blocks."""
    return [block for block in order if isinstance(block, dict)] if isinstance(order, list | tuple) else []


def _noted(word: str, value: Any) -> str | None:
    if word == "order":
        return note("dropped", "thinking") if thoughts(value) else None
    if word == "is_error":
        return note("approximated", word) if value else None
    if word == "block":
        return note("approximated", parameter_name(str(value.get("type")) if isinstance(value, Mapping) else word))
    return note("dropped", parameter_name(word))


def _is_plain(message: Message) -> bool:
    return message.extra is None and message.tool_calls is None and not isinstance(message.content, tuple)


def _extras(request: ChatRequest) -> Iterator[Extra]:
    yield request.extra
    for message in request.messages:
        yield message.extra
        if isinstance(message.content, tuple):
            yield from (part.extra for part in message.content)
        yield from (call.extra for call in message.tool_calls or ())
    yield from (tool.extra for tool in request.tools or ())
