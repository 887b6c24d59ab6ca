"""What conditions may say of each fact, and what requests have of it, by the table of facts.

What every policy has long known has values of its own, chosen to meet; what comes later has those of its kind.
"""

import math
from collections.abc import Callable
from typing import Any

from properties.strategies import TASKS, Genes
from router.ledger.packed_request import LATER
from router.types import FACTS, WEEKDAYS, Fact, Source

TAGS = ("batch", "a\x1fb", "\x1e", "", "Batch")
MEASURED = ("m0 p95=500ms", "m1 p50=2s p99=0.1s ill=3min", "m2 ill=40min", "m0", "what is none")
WORDS = ("red", "blue", "a\x1fb")
_SAID: dict[str, Callable[[Genes], Any]] = {
    "task": lambda draw: draw.some(TASKS),
    "difficulty": lambda draw: draw.one((">= 0", "< 0.5", "> -1 and <= 1", "> 9")),
    "complexity": lambda draw: draw.one((["low"], ["medium", "high"], {"not": ["low"]})),
    "language": lambda draw: draw.one((["ko"], ["en", "other"], {"not": ["ko"]}, ["o*", "e?"])),
    "input_tokens": lambda draw: draw.one((">= 250", "< 38")),
    "needs": lambda draw: draw.one((["json"], ["vision", "tools"], {"all": ["json", "tools"]}, {"not": ["vision"]})),
    "residency": lambda draw: draw.one((["eu"], ["eu", "kr"], {"any": ["*"], "not": ["kr"]})),
    "key": lambda draw: draw.one((["k1"], ["k1", "k2"], ["k?"])),
    "team": lambda draw: draw.one((["red"], ["r*"], {"not": ["red"]}, {"not": ["b*"]})),
    "tags": lambda draw: draw.one((draw.some(TAGS[:3]), _together(draw))),
    "time": lambda draw: draw.one(("09:00-18:00", "22:00-06:00", ["22:00-24:00", "00:00-06:00"])),
    "asked": lambda draw: draw.one((["m0"], ["*"], {"not": ["m0"]}, {"any": ["m*"], "not": ["m0"]})),
    "days": lambda draw: draw.some(WEEKDAYS),
    "date": lambda draw: draw.one(("2026-11-21", "2026-11-21 12:00", "1999-01-01", "2400-02-29 23:59")),
}


def drawn_when(draw: Genes) -> dict[str, Any]:
    """A condition on no fact, one or two."""
    facts = [draw.one(FACTS) for _ in range(draw.one((1, 1, 2, 0, 1)))]
    names = {"date": draw.one(("from", "until"))}
    return {
        names.get(fact.name, fact.name): _SAID.get(fact.name, lambda draw, fact=fact: _compared(fact, draw))(draw)
        for fact in facts
    }


def _together(draw: Genes) -> dict[str, Any]:
    parts = {"any": ["b*", "a?b"], "all": draw.some(("batch", "*b")), "not": draw.some(("a*", "batch"))}
    return {key: parts[key] for key in draw.some(tuple(parts))}


def later_facts(source: Source, draw: Genes) -> dict[str, Any]:
    """What a record has of the facts that came later."""
    return {fact.field: _value(fact, draw) for fact in LATER if fact.source == source}


def _compared(fact: Fact, draw: Genes) -> Any:
    if fact.kind in ("word", "words", "level"):
        return draw.some(fact.every or WORDS)
    if fact.kind == "time":
        return draw.one(("09:00-18:00", "22:00-06:00"))
    least, middle, _ = _numbers(fact)
    # The last two are what every number passes, and what none does.
    some = (f">= {middle}", f"< {middle}", f">= {least} and < {middle}")
    return draw.one((*some, f">= {least}", f"> {least} and <= {least}"))


def _value(fact: Fact, draw: Genes) -> Any:
    if fact.may_be_unknown and draw.one((False, False, True)):
        return None
    if fact.name == "measured":
        return tuple(draw.some(MEASURED)) if draw.one((True, False)) else ()
    if fact.kind == "words":
        return tuple(draw.some(fact.every or WORDS)) if draw.one((True, False)) else ()
    if fact.kind == "word":
        return draw.one(fact.every or WORDS)
    if fact.kind == "date":
        return draw.one((0, 739_941, 739_942, 739_000))
    return draw.one((720, 0, 1439, 540)) if fact.kind == "time" else draw.one(_numbers(fact))


def _numbers(fact: Fact) -> tuple[float, float, float]:
    """The least number, one in the middle, and the greatest that requests have here."""
    most = 1_000 if math.isinf(fact.most) else fact.most
    middle = (fact.least + most) / 2
    return (int(fact.least), int(middle), int(most)) if fact.kind == "count" else (fact.least, middle, most)
