"""Acknowledges a step back of the clock by an entry of the log, so that it does not mar the log for ever.

Invariant: what is acknowledged is a step that the log shows; the entries themselves stay as they are.
"""

from router.errors import BadRequest, Conflict
from router.ledger.db.database import Connection
from router.ledger.log.merkle_log import Log
from router.ledger.log.records import note
from router.transparency.acknowledgement import Acknowledgement
from router.transparency.audit import SKEW_S, seconds
from router.transparency.entry import LOG, read_leaf


def acknowledge(log: Log, answer: Acknowledgement) -> float:
    """Write the entry; gives the seconds of the step. Raises BadRequest where there is none, or Conflict."""
    with log.writing() as database:
        back_s = _second(database, answer.entry - 1) - _second(database, answer.entry)
        if back_s <= SKEW_S:
            raise BadRequest(
                f"The clock was not set back at entry {answer.entry}: `fungible ledger verify` names where."
            )
        if note(database, log, "acknowledgement", LOG, f"clock/{answer.entry}", answer.body()) is None:
            raise Conflict(f"The step at entry {answer.entry} was acknowledged already.")
    return back_s


def _second(database: Connection, sequence: int) -> float:
    row = database.execute("SELECT leaf FROM entries WHERE seq = ?", (sequence,)).fetchone()
    entry = read_leaf(bytes(row[0])) if row else None
    if entry is None:
        raise BadRequest(f"The log has no entry {sequence}.")
    return seconds(entry.time)
