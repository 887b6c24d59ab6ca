"""Sums over the state of ramps, which changes in place: each is written in the transaction of what it sums up.

Invariant: whoever changes or removes a state, or a unit that a split has seen, leaves a sum that does not come out.
"""

from collections.abc import Sequence

from router.ledger.db.database import Connection
from router.ledger.log.table_seals import digest_of_state
from router.transparency.seals import Units, unpack_units

STATE, UNITS = "state", "units"
_PUT = """
INSERT INTO ramp_sums VALUES (?, ?, ?) ON CONFLICT (kind, name) DO UPDATE SET digest = excluded.digest
"""


def keep_state(database: Connection, name: str, body: bytes) -> None:
    """Sum up the state of a ramp."""
    database.execute(_PUT, (STATE, name, digest_of_state(body)))


def add_units(database: Connection, ramp: str, number: int, units: Sequence[str]) -> None:
    """Add units to those that a split has seen; under a new number it begins again."""
    row = database.execute("SELECT digest FROM ramp_sums WHERE kind = ? AND name = ?", (UNITS, ramp)).fetchone()
    seen = unpack_units(bytes(row[0])) if row else Units(number)
    if seen.number != number:
        seen = Units(number)
    for unit in units:
        seen = seen.with_unit(unit)
    database.execute(_PUT, (UNITS, ramp, seen.packed()))


def sum_up(database: Connection) -> None:
    """Sum up what an earlier version has left."""
    for name, body in database.execute("SELECT name, body FROM ramps").fetchall():
        keep_state(database, name, bytes(body))
    for ramp, number in database.execute("SELECT ramp, MAX(number) FROM ramp_units GROUP BY ramp").fetchall():
        database.execute("DELETE FROM ramp_units WHERE ramp = ? AND number < ?", (ramp, number))
        units = database.execute("SELECT unit FROM ramp_units WHERE ramp = ?", (ramp,)).fetchall()
        add_units(database, ramp, number, [unit for (unit,) in units])
