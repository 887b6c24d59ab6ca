"""Parses the body of a request where it holds up nobody: a small one at once, a large one in a thread."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

import orjson

from router.api.bodies.json_survey import MOST_VALUES, refuse_many_objects, survey
from router.api.bodies.long_texts import Entangled, put_back, take_out
from router.serving.work.heavy_work import SMALL, HeavyWork
from router.tokens import NotLoaded

T = TypeVar("T")
WHOLE = 512 * 1024
"""Up to so many bytes, a parser is done with a body soon enough."""


async def parse_body(
    heavy_work: HeavyWork, body: bytes, parse: Callable[[bytes], T], most_values: int = MOST_VALUES
) -> T:
    """What a parser makes of a body; raises BadRequest, of a large body with too many values before it is parsed.

    A parser that wants a vocabulary which is not there is asked again once it is.
    """
    try:
        return await _parse(heavy_work, body, parse, most_values)
    except NotLoaded as missing:
        await asyncio.to_thread(missing.load)
    return await _parse(heavy_work, body, parse, most_values)


async def _parse(heavy_work: HeavyWork, body: bytes, parse: Callable[[bytes], T], most_values: int) -> T:
    if len(body) <= SMALL:
        return parse(body)
    return await heavy_work.run(partial(parse_large, body, parse, most_values))


def parse_large(body: bytes, parse: Callable[[bytes], T], most_values: int = MOST_VALUES) -> T:
    """The same for a large body: it is looked over first, and its long texts are decoded piece by piece."""
    seen = survey(body, most_values)
    short, texts = take_out(body, seen.long_texts if len(body) > WHOLE else ())
    with suppress(orjson.JSONDecodeError):  # what is wrong, the parser says
        refuse_many_objects(orjson.loads(short))
    if texts:
        with suppress(Entangled):
            return put_back(parse(short), texts)
    return parse(body)
