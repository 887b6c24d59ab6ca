"""Ids of tool calls that a backend takes, the same for a call and its result.

Invariant: an id that is legal stays as it is; every other gets a legal one of its own, the same in every request of a
conversation.
"""

import re
from collections.abc import Set as AbstractSet
from hashlib import blake2b

_ILLEGAL = re.compile(r"[^a-zA-Z0-9_-]")
_DIGEST = 8
_LONGEST_HEAD = 31


class ToolIds:
    """The ids of one conversation, in its order. `legal` is what the backend takes; with `unique` each only once."""

    def __init__(self, legal: re.Pattern[str], *, unique: bool = False) -> None:
        self._legal, self._unique = legal, unique
        self._used: set[str] = set()
        self._waiting: dict[str, list[str]] = {}
        self._answered: dict[str, str] = {}
        self.renamed = False

    def of_call(self, id: str) -> str:  # noqa: A002
        """The id of the next call."""
        new = legal_id(id, self._legal, self._used if self._unique else frozenset())
        self._used.add(new)
        self._waiting.setdefault(id, []).append(new)
        self.renamed = self.renamed or new != id
        return new

    def of_result(self, id: str) -> str:  # noqa: A002
        """The id of the next result: that of the first call of this id that has none."""
        if waiting := self._waiting.get(id):
            self._answered[id] = waiting.pop(0)
        new = self._answered.get(id) or legal_id(id, self._legal, frozenset())
        self.renamed = self.renamed or new != id
        return new


def legal_id(id: str, legal: re.Pattern[str], taken: AbstractSet[str]) -> str:  # noqa: A002
    """The id itself where it is legal and not taken; else a legal one that is made of it."""
    new, turn = id, 0
    while new in taken or not legal.fullmatch(new):
        digest = blake2b(f"{turn} {id}".encode(errors="surrogatepass"), digest_size=_DIGEST // 2).hexdigest()
        new, turn = f"{_ILLEGAL.sub('_', id)[:_LONGEST_HEAD]}_{digest}", turn + 1
    return new
