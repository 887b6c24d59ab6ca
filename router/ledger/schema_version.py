"""The version of a ledger's tables: older ones are brought up to this one as they are opened, newer ones are refused.

Invariant: a migration happens once, in one transaction that holds the right to write; nothing that was written is
changed by it, but for numbers that only order rows.
"""

from router.errors import ConfigError
from router.ledger.db.database import Connection, Database
from router.ledger.log.append import grown_to
from router.ledger.log.table_seals import fact_row, rows_to_seal, seal
from router.ledger.ramp_sums import sum_up
from router.ledger.tables import TABLES, complete, statements

VERSION, PRUNED = 2, 3
"""1: the tables of 0.1.0, without seals, and requests that are numbered by themselves. 3: a ledger of which receipts
were pruned, which is marked so because a version that knows nothing of that would take them for damaged."""
SCHEMA = "schema"


def prepare(database: Database) -> None:
    """Make the tables, or bring them up to this version; raises ConfigError for those of a later one."""
    with database.reading() as connection:
        version = version_of(connection)
    if version > PRUNED:
        raise ConfigError(
            [
                f"The ledger was written by a later version: its tables are of version {version}, and this one knows "
                f"{PRUNED}. Upgrade, or restore the copy from before the upgrade."
            ]
        )
    if version < VERSION:
        with database.writing() as connection:
            if version_of(connection) < VERSION:
                _migrate(connection, remote=database.remote)


def version_of(database: Connection) -> int:
    """The version of the tables; 1 where none is written."""
    row = database.execute("SELECT value FROM facts WHERE name = ?", (SCHEMA,)).fetchone()
    return int(bytes(row[0])) if row else 1


def mark_pruned(database: Connection) -> None:
    """Let earlier versions refuse the ledger from now on, inside the caller's transaction."""
    if version_of(database) < PRUNED:
        value = str(PRUNED).encode()
        database.execute("UPDATE facts SET value = ? WHERE name = ?", (value, SCHEMA))
        seal(database, [fact_row(SCHEMA, value)])


def _migrate(database: Connection, *, remote: bool) -> None:
    for statement in statements(TABLES):
        database.execute(statement)
    if not remote:
        complete(database)
    _renumber(database)
    seal(database, list(rows_to_seal(database)))
    sum_up(database)
    value = str(VERSION).encode()
    database.execute("INSERT INTO facts VALUES (?, ?)", (SCHEMA, value))
    seal(database, [fact_row(SCHEMA, value)])


def _renumber(database: Connection) -> None:
    """Requests are numbered as their entries from now on: older ones that stand in the way go below nought."""
    (last,) = database.execute("SELECT MAX(seq) FROM requests").fetchone()
    if last is not None and last >= max(1, grown_to(database).size):
        database.execute("UPDATE requests SET seq = seq - ?", (last + 1,))
