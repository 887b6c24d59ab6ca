"""Reads token counts from a backend's answer: whole numbers or nothing.

Invariant: what is no count is not guessed at; whether a count can be true is the router's to judge.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from router.types import Usage

# How backends say that input was cached, or written to a cache: paths of keys. Not all of them mean OpenAI's API;
# gateways before other makers pass on the words of these.
CACHED = (
    ("prompt_tokens_details", "cached_tokens"),
    ("input_tokens_details", "cached_tokens"),
    ("prompt_cache_hit_tokens",),
    ("cached_tokens",),
    ("cache_read_input_tokens",),
    ("prompt_tokens_details", "cache_read_tokens"),
    ("prompt_tokens_details", "cache_read_input_tokens"),
    ("prompt_tokens_details", "cached_content_tokens"),
    ("num_cached_tokens",),
    ("cached_prompt_tokens",),
    ("cachedContentTokenCount",),
    ("cached_content_token_count",),
    ("cacheReadInputTokens",),
    ("cacheReadInputTokenCount",),
)
WRITTEN = (
    ("cache_creation_input_tokens",),
    ("prompt_tokens_details", "cache_write_tokens"),
    ("input_tokens_details", "cache_write_tokens"),
    ("prompt_tokens_details", "cache_creation_tokens"),
    ("prompt_tokens_details", "cache_creation_input_tokens"),
    ("cache_write_input_tokens",),
    ("cacheWriteInputTokens",),
    ("cacheWriteInputTokenCount",),
)


def number(counts: Mapping[str, Any], *path: str) -> int | None:
    """A count at a path of keys: 0 where nobody mentions it, None where what is there is no whole number."""
    value: Any = counts
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
        if value is None:
            return 0
    return value if type(value) is int else None


def most(counts: Mapping[str, Any], paths: Iterable[tuple[str, ...]]) -> int | None:
    """The largest of the counts at some paths, which say the same in several words; None where one is no count."""
    # Backends use few of these words: the others need no look.
    said = [number(counts, *path) for path in paths if path[0] in counts]
    known = [count for count in said if count is not None]
    return max([0, *known]) if len(known) == len(said) else None


def written(counts: Mapping[str, Any]) -> tuple[int, int] | None:
    """What was written to a cache, for five minutes and for an hour; None where what is said is no count."""
    whole = most(counts, WRITTEN)
    short, long = (
        most(counts, (("cache_creation", name), ("prompt_tokens_details", "cache_creation_token_details", name)))
        for name in ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")
    )
    if whole is None or short is None or long is None:
        return None
    # What no time is stated of is kept as short as that maker keeps anything.
    return max(short, whole - long), long


def counted(
    taken: int | None,
    given: int | None,
    cached: int | None,
    reasoning: int | None = 0,
    written: tuple[int, int] | None = (0, 0),
) -> Usage | None:
    """The usage, where each part of it is a count; `written` is for five minutes and for an hour."""
    if taken is None or given is None or cached is None or reasoning is None or written is None:
        return None
    return Usage(taken, given, cached, "backend", reasoning, *written)
