"""The ramps of a configuration with their states in a ledger, for commands."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from router.cli.admin.acting_admin import acting, opened
from router.config import load
from router.ledger.location import Place
from router.ledger.ramp_store import RampStore
from router.serving.ramps.ramp_controller import RampController
from router.types import Author


@contextmanager
def governed(folder: Path | None, place: Place) -> Iterator[RampController]:
    """A governor that observes nothing, over the store that servers share; raises ConfigError."""
    config = load(folder)
    with closing(place.ledger()) as ledger:
        ledger.keep(config)
        yield RampController(RampStore(ledger.log), config, {}, lambda: datetime.now(UTC))


@contextmanager
def ordering(
    folder: Path | None, place: Place, key_file: Path | None, because: str
) -> Iterator[tuple[RampController, Author]]:
    """A governor, for an editor who orders something; raises ConfigError, Unauthorized or Forbidden."""
    config = load(folder)
    with opened(place) as ledger:
        author = acting(ledger, place, key_file, because, "editor")
        ledger.keep(config)
        yield RampController(RampStore(ledger.log), config, {}, lambda: datetime.now(UTC)), author
