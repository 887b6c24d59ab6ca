"""Reads token counts from a backend's answer: whole numbers or nothing.

Invariant: what is no count is not guessed at; whether a count can be true is the router's to judge.
"""

from collections.abc import Iterable, Mapping, Sequence
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


Path = tuple[str, ...]


def by_word(paths: Iterable[Path]) -> Mapping[str, Sequence[Path]]:
    """The paths that begin with each word."""
    table: dict[str, list[Path]] = {}
    for path in paths:
        table.setdefault(path[0], []).append(path)
    return table


def _written_for(name: str) -> Mapping[str, Sequence[Path]]:
    return by_word((("cache_creation", name), ("prompt_tokens_details", "cache_creation_token_details", name)))


CACHED_BY_WORD, _WRITTEN = by_word(CACHED), by_word(WRITTEN)
_WRITTEN_5M, _WRITTEN_1H = _written_for("ephemeral_5m_input_tokens"), _written_for("ephemeral_1h_input_tokens")
_OF_WRITTEN = frozenset({*_WRITTEN, *_WRITTEN_5M})


def number(counts: Mapping[str, Any], *path: str) -> int | None:
    """A count at a path of keys: 0 where nobody mentions it, None where what is there is no whole number."""
    value: Any = counts
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
        if value is None:
            return 0
    return count_of(value)


def count_of(value: Any) -> int | None:
    """A value as a count: 0 where it is none, None where it is no whole number."""
    return 0 if value is None else value if type(value) is int else None


def most(counts: Mapping[str, Any], paths: Mapping[str, Sequence[Path]]) -> int | None:
    """The largest of the counts at some paths, which say the same in several words; None where one is no count."""
    largest = 0
    for word in counts:
        # Backends use few of these words: the others need no look.
        for path in paths.get(word, ()):
            count = number(counts, *path)
            if count is None:
                return None
            largest = max(largest, count)
    return largest


def written(counts: Mapping[str, Any]) -> tuple[int, int] | None:
    """What was written to a cache, for five minutes and for an hour; None where what is said is no count."""
    if _OF_WRITTEN.isdisjoint(counts):
        return 0, 0
    whole, short, long = most(counts, _WRITTEN), most(counts, _WRITTEN_5M), most(counts, _WRITTEN_1H)
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
