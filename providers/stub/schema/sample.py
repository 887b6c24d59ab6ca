"""Texts that a simple regular expression takes.

Invariant: a sample is bounded, whatever the expression's repeats say.
"""

import string
from collections.abc import Iterator
from itertools import islice
from typing import Any

from providers.stub.schema.pattern import MOST_CHARACTERS, Node, Spend, admits, nodes

_ALPHABET = (
    string.ascii_lowercase + string.digits + string.ascii_uppercase + "-_.@+ " + string.punctuation + "가나다é\n"
)


def samples(pattern: str, least: int, turn: int, spend: Spend) -> Iterator[str]:
    """Texts to try: short ones first, then longer ones of at least so many characters."""
    tree = nodes(pattern)
    for extra in (1, 0, 2, 4, *range(min(least, MOST_CHARACTERS) + 1)):
        for shift in range(3):
            text = "".join(islice(_write(tree, extra, turn + shift), MOST_CHARACTERS))
            spend(1 + len(text) // 16)
            if turn:  # an expression that is open at its end takes a suffix, which tells the turns apart
                yield f"{text}{turn}"
            yield text


def _write(tree: tuple[Node, ...], extra: int, turn: int) -> Iterator[str]:
    """The pieces of one text; each repeat takes `extra` more rounds than it must."""
    for kind, argument in tree:
        if kind == "ONE":
            yield _character(argument, turn)
        elif kind == "GROUP":
            yield from _write(argument, extra, turn)
        elif kind == "BRANCH":
            yield from _write(argument[turn % len(argument)], extra, turn)
        elif kind == "REPEAT":
            yield from _rounds(argument, extra, turn)


def _rounds(argument: Any, extra: int, turn: int) -> Iterator[str]:
    """Each round; the first carries the turn's units, the second what is left over, as digits of a number do."""
    low, high, body = argument
    for _ in range(min(low + extra, high)):
        yield ""  # counts as a piece, so that rounds of nothing end too
        yield from _write(body, extra, turn)
        turn //= 10


def _character(test: Any, turn: int) -> str:
    """A character that the node takes, a plain one if it can be."""
    plain = [letter for letter in _ALPHABET if admits(test, letter)]
    return plain[turn % len(plain)] if plain else _rare(*test)


def _rare(kind: str, argument: Any) -> str:
    """The first character that a node names, where no plain one will do."""
    if kind == "LITERAL":
        return chr(argument)
    ranges = [(value[0] if str(part) == "RANGE" else value) for part, value in argument if str(part) in _NAMING]
    return chr(ranges[0]) if ranges else "x"


_NAMING = ("RANGE", "LITERAL")
