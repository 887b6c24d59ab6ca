"""The ledger of a data folder, for commands that read one; it must be there."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from router.api.server import LEDGER
from router.cli.folder import data_folder
from router.errors import NotFound
from router.ledger import SqliteLedger


def ledger_path(data: Path | None) -> Path:
    """The ledger's file; raises NotFound."""
    path = data_folder(data) / LEDGER
    if not path.exists():
        raise NotFound(f"There is no ledger at {path}.")
    return path


@contextmanager
def opened(data: Path | None) -> Iterator[SqliteLedger]:
    """The ledger, open; raises NotFound."""
    with closing(SqliteLedger(ledger_path(data))) as ledger:
        yield ledger
