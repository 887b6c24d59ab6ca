"""The ledger of a place, for commands that read one; it must be there."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from router.errors import NotFound
from router.ledger import DatabaseLedger
from router.ledger.location import Place


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


@contextmanager
def reading(place: Place, *, quiet: bool) -> Iterator[tuple[DatabaseLedger, Callable[[int], object]]]:
    """The ledger, and what tells how far it was read; raises NotFound."""
    # Not before: commands that read no long ledger need none of it.
    from rich.console import Console
    from rich.progress import Progress

    with opened(place) as ledger, Progress(console=Console(stderr=True), transient=True, disable=quiet) as progress:
        task = progress.add_task("reading the ledger", total=None)
        yield ledger, lambda count: progress.advance(task, count)
