"""The ramps of a configuration with their states in a ledger, for commands."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from router.config import load
from router.ledger.location import Place
from router.ledger.ramp_store import RampStore
from router.serving.ramps.ramp_controller import RampController


@contextmanager
def governed(folder: Path | None, place: Place) -> Iterator[RampController]:
    """A governor that observes nothing, over the store that servers share; raises ConfigError."""
    config = load(folder)
    with closing(place.ledger()) as ledger:
        ledger.keep(config)
        yield RampController(RampStore(ledger.log), config, {}, lambda: datetime.now(UTC))
