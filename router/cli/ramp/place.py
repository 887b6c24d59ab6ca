"""The ramps of a configuration with their states in a data folder, for commands."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from router.api.server import LEDGER
from router.cli.folder import data_folder
from router.config import load
from router.governing import Governor
from router.ledger import SqliteLedger
from router.ledger.ramps import RampStore


@contextmanager
def governed(folder: Path | None, data: Path | None) -> Iterator[Governor]:
    """A governor that observes nothing, over the store that servers share; raises ConfigError."""
    config = load(folder)
    with closing(SqliteLedger(data_folder(data) / LEDGER)) as ledger:
        ledger.keep(config)
        yield Governor(RampStore(ledger.log), config, {}, lambda: datetime.now(UTC))
