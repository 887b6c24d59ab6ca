"""What a client lets a cache of answers do, by `Cache-Control` (RFC 9111, 5.2.1).

Invariant: a directive that is not known, or that can't be read, changes nothing but to the safe side.
"""

from typing import NamedTuple


class CacheUse(NamedTuple):
    """Whether a kept answer may be given, whether this one may be kept, and the greatest age in seconds."""

    gives: bool = True
    keeps: bool = True
    max_age_s: int | None = None


DEFAULT_USE = CacheUse()


def cache_use_of(directives: str | None) -> CacheUse:
    """What `no-cache`, `no-store` and `max-age` say; `no-store` lets nothing be given from a cache either."""
    if not directives:
        return DEFAULT_USE
    parts = (directive.partition("=") for directive in directives.split(","))
    words = {name.strip().lower(): value.strip(' "') for name, _, value in parts}
    keeps = "no-store" not in words
    age = words.get("max-age")
    max_age_s = None if age is None else int(age) if age.isascii() and age.isdigit() and len(age) < 10 else 0
    return CacheUse(keeps and "no-cache" not in words, keeps, max_age_s)
