"""Dictionary coding: the numbers of words in the packed rows of requests, the same for every server of one ledger.

Invariant: a word gets its number in the transaction that first writes it; what was rolled back has none.
"""

from collections.abc import Callable

from router.ledger.db.database import Connection

_NEXT = "INSERT INTO words VALUES ((SELECT COALESCE(MAX(code) + 1, 0) FROM words), ?)"
_CODE = "SELECT code FROM words WHERE word = ?"


class Words:
    """The words whose numbers are known here."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._new: dict[str, int] = {}
        self.made: list[tuple[int, str]] = []
        """The words that this transaction has given numbers to."""

    def codes(self, database: Connection) -> Callable[[str], int]:
        """The function that gives a word its number, within one transaction."""
        self._new, self.made = {}, []
        known, new = self._known, self._new

        def code(word: str) -> int:
            number = known.get(word)
            if number is None and (number := new.get(word)) is None:
                number = new[word] = self._number(database, word)
            return number

        return code

    def learn(self) -> None:
        """Its transaction was committed: the numbers that it gave are there to stay."""
        self._known |= self._new

    def _number(self, database: Connection, word: str) -> int:
        row = database.execute(_CODE, (word,)).fetchone()
        if row is None:
            database.execute(_NEXT, (word,))
            row = database.execute(_CODE, (word,)).fetchone()
            self.made.append((int(row[0]), word))
        return int(row[0])
