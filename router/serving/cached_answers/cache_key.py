"""Which requests are the same, and may be given each other's answer.

Invariant: of two requests with one key, neither could tell the other's answer from its own by who asks, what was
consented to, what guards barred, which model was chosen, or under which configuration; a request of which this can't be
known has no key. Nothing that was said can be read from a key.
"""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import blake2b
from typing import Any

import orjson

from router.decision.receipt import Exchange
from router.types import ChatRequest, Message, Part

# What says nothing about the answer: how it is sent, for whom among a key's users, and what the ask holds already.
_VOLATILE: Mapping[str, Any] = dict.fromkeys(
    ("stream", "stream_options", "user", "metadata", "safety_identifier", "prompt_cache_key", "fungible")
)
_WORDS_ONLY = frozenset({"text"})


def cache_key(request: ChatRequest, exchange: Exchange, secret: bytes) -> bytes | None:
    """The key of a request that was decided, or None where its answer is not one to give again."""
    if type(request) is not ChatRequest or not _repeatable(request):
        return None
    try:
        said = orjson.dumps([_decided(exchange), replace(request, **_VOLATILE)], option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        # What JSON can't hold can't be compared either.
        return None
    return blake2b(said, key=secret, digest_size=32).digest()


def _decided(exchange: Exchange) -> list[object]:
    """Who asks, within which bounds, and who is to answer in which form."""
    ask, decision = exchange.ask, exchange.decision
    return [
        ask.caller,
        ask.asked,
        ask.model,
        ask.policy,
        ask.consent,
        ask.permit,
        decision.revision,
        decision.chosen,
        decision.candidate(decision.chosen).away_from,
        decision.guards,
        decision.rules,
        decision.effort,
        decision.max_output,
    ]


def _repeatable(request: ChatRequest) -> bool:
    """Whether an answer has no effects, and rests on nothing but what stands in the request."""
    if request.tools or request.web_search_options is not None or request.store or request.extra:
        # What has no name here may be anything, a tool too.
        return False
    if request.audio is not None or not _WORDS_ONLY.issuperset(request.modalities or ()):
        return False
    return all(map(_is_whole, request.messages))


def _is_whole(message: Message) -> bool:
    return not isinstance(message.content, tuple) or all(map(_stands_here, message.content))


def _stands_here(part: Part) -> bool:
    """Whether a part is in the request itself: what an address or an id names may be another thing tomorrow."""
    if part.type == "image_url":
        return str((part.image_url or {}).get("url", "")).startswith("data:")
    return part.type in ("text", "refusal", "input_audio")
