"""The ledger of a place, for commands that read one; it must be there."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from router.errors import NotFound
from router.ledger import DatabaseLedger
from router.ledger.place import Place


def must_be_there(place: Place) -> None:
    """Raise NotFound where there is no ledger."""
    if not place.has_ledger():
        raise NotFound(f"There is no ledger at {place}.")


@contextmanager
def opened(place: Place) -> Iterator[DatabaseLedger]:
    """The ledger, open; raises NotFound."""
    must_be_there(place)
    with closing(place.ledger()) as ledger:
        yield ledger
