"""The texts of the page in each language, and which one a browser asks for.

Invariant: both catalogs have the same keys, and a text's places for values are the same in both; a test holds it.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import orjson

LANGUAGES = ("en", "ko")
"""The first is taken where a browser asks for none of them."""
_FOLDER = Path(__file__).with_name("texts")


@cache
def catalog(language: str) -> Mapping[str, str]:
    """Every text of a language, by its key."""
    texts: dict[str, str] = orjson.loads((_FOLDER / f"{language}.json").read_bytes())
    return texts


def text(language: str, key: str, **values: object) -> str:
    """A text with its values; raises KeyError for a key that is not there."""
    return catalog(language)[key].format(**values)


def preferred(accepted: str) -> str:
    """The language of ours that a browser wants most, by its `Accept-Language`."""
    best, weight = LANGUAGES[0], 0.0
    for part in accepted.split(","):
        name, _, quality = part.strip().partition(";q=")
        known = name.split("-")[0].lower()
        try:
            mine = float(quality or 1)
        except ValueError:
            mine = 0.0
        if known in LANGUAGES and mine > weight:
            best, weight = known, mine
    return best
