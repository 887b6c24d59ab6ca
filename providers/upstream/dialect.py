"""What only Anthropic's API has a word for: it stands in `extra`, apart, so that other backends never see it.

Invariant: whoever can't say it to a backend notes it; the words themselves are not looked at here.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from providers.upstream.notes import note
from router.types import ChatRequest
from router.types.chat import ANTHROPIC

Extra = Mapping[str, Any] | None


def own(extra: Extra) -> dict[str, Any]:
    """The words for that API."""
    words = (extra or {}).get(ANTHROPIC)
    return dict(words) if isinstance(words, Mapping) else {}


def without(extra: Extra) -> dict[str, Any]:
    """The words for any API."""
    return {name: value for name, value in (extra or {}).items() if name != ANTHROPIC}


def unsent(request: ChatRequest) -> list[str]:
    """Notes of what is not sent to another API."""
    return [note("dropped", word) for extra in _extras(request) if extra for word in own(extra)]


def _extras(request: ChatRequest) -> Iterator[Extra]:
    yield request.extra
    for message in request.messages:
        yield message.extra
        if isinstance(message.content, tuple):
            for part in message.content:
                yield part.extra
