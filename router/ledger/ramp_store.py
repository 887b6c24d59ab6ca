"""The state of every governed ramp, in the ledger's own database, shared by all servers.

Invariant: a state is read, changed and written in one transaction with the records of its moves and pairs, so that no
step is taken twice and none goes unrecorded.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson
from pydantic import TypeAdapter

from router.ledger.db.database import Connection, among
from router.ledger.log.merkle_log import Log
from router.ledger.log.records import note, records
from router.ledger.ramp_sums import add_units, keep_state
from router.ramps import (
    Answered,
    Batch,
    Moment,
    Move,
    Order,
    Paired,
    RampState,
    Rated,
    Served,
    Totals,
    absorb,
    counted,
    obey,
    progress,
)
from router.ramps.state import ACTIVE, fresh
from router.ramps.upgrades import begun, due
from router.transparency.entry import RAMP
from router.types import RampPlan

HOUSE = "*"
LONGEST_TICK_S = 30.0
MOST_UNITS = 1_000_000
"""Units of one split that are remembered, so that each counts once; later ones count nowhere."""


@cache
def _state_shape() -> TypeAdapter[RampState]:
    return TypeAdapter(RampState)


@cache
def _totals_shape() -> TypeAdapter[Totals]:
    return TypeAdapter(Totals)


class Seen(NamedTuple):
    """An answer on one side of a ramp, and the unit that it belongs to."""

    answer: Answered
    unit: str


class Judged(NamedTuple):
    """A judged pair as the ledger keeps it, without any text of prompt or answer."""

    pair: Paired
    receipt: str
    original: str
    substitute: str
    judge: str


@dataclass
class Observed:
    """What one server saw of one ramp since its last batch."""

    seen: list[Seen] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)
    ratings: list[Rated] = field(default_factory=list)
    unjudged_cost: Decimal = Decimal(0)


class LoggedMove(NamedTuple):
    """A move as the ledger has it."""

    seq: int
    time: str
    move: Mapping[str, Any]


class RampStore:
    """The ramps of one ledger; a step waits for its time in ticks, of which none counts for more than the longest."""

    def __init__(self, log: Log, longest_tick_s: float = LONGEST_TICK_S) -> None:
        self._log = log
        self._longest_tick_s = longest_tick_s

    def states(self) -> dict[str, RampState]:
        """Every state, by the ramp's name."""
        with self._log.reading() as database:
            return _states(database)

    def totals(self) -> Totals:
        """The totals of what was served and spent, over all ramps."""
        with self._log.reading() as database:
            return _totals(database)

    def moves(self, ramp: str | None = None) -> list[LoggedMove]:
        """Every move, oldest first."""
        return [
            LoggedMove(seq, move.pop("time"), move)
            for seq, _, body in self._records("ramp")
            if (move := orjson.loads(body)) and ramp in (None, move["ramp"])
        ]

    def pairs(self, ramp: str) -> list[dict[str, Any]]:
        """Every pair of a ramp, oldest first."""
        return [pair for _, _, body in self._records("pair") if (pair := orjson.loads(body))["ramp"] == ramp]

    def _records(self, kind: Any) -> list[tuple[int, str, bytes]]:
        with self._log.reading() as database:
            return list(records(database, kind))

    def obey(self, plan: RampPlan, order: Order, now: datetime) -> Move:
        """Carry out an order; raises Conflict where it does not fit."""
        with self._log.writing() as database:
            before = _state(database, plan)
            after, move = obey(plan, before, order, _totals(database), self._moment(plan, now))
            self._keep(database, plan.name, after, (move,), now)
        self._log.touched = True
        return move

    def settle(
        self,
        plans: Sequence[RampPlan],
        observed: Mapping[str, Observed],
        served: Mapping[str, Served],
        now: datetime,
    ) -> list[Move]:
        """Take in what was observed, and let each ramp go on, wait, or give back; all of it or none."""
        made: list[Move] = []
        with self._log.writing() as database:
            totals = counted(_totals(database), served, now.date())
            if served:
                _put(database, HOUSE, totals)
            upgrades = [plan for plan in plans if plan.ramp.alias]
            known = _states(database) if upgrades else {}
            for plan in plans:
                if not plan.ramp.alias or plan.name in known:
                    made.extend(self._settle(database, plan, observed.get(plan.name), totals, now))
            made.extend(self._begin(database, upgrades, now))
        self._log.touched = True
        return made

    def _begin(self, database: Connection, upgrades: Sequence[RampPlan], now: datetime) -> list[Move]:
        """Begin the upgrades of aliases that are due: nobody orders them."""
        made = []
        for plan in due(upgrades, _states(database)) if upgrades else ():
            state, move = begun(plan)
            self._keep(database, plan.name, state, (move,), now)
            made.append(move)
        return made

    def _settle(
        self, database: Connection, plan: RampPlan, observed: Observed | None, totals: Totals, now: datetime
    ) -> Iterable[Move]:
        before = _state(database, plan)
        state = before
        if observed and state.stage in ACTIVE:
            batch = self._batch(database, plan, state, observed, now)
            state = absorb(plan, state, batch, now.date().toordinal())
        state, moves = progress(plan, state, totals, self._moment(plan, now))
        if state != before:
            self._keep(database, plan.name, state, moves, now)
        return moves

    def _batch(
        self, database: Connection, plan: RampPlan, state: RampState, observed: Observed, now: datetime
    ) -> Batch:
        """The batch, with the first request of each unit marked; a pair that was recorded before is left out."""
        new = _new_units(database, plan.name, state.split_number, [seen.unit for seen in observed.seen])
        answers = tuple(
            seen.answer._replace(first_of_unit=first) for seen, first in zip(observed.seen, new, strict=True)
        )
        pairs = tuple(pair.pair for pair in observed.judged if self._record(database, plan.name, pair, now))
        return Batch(answers, pairs, tuple(observed.ratings), observed.unjudged_cost)

    def _record(self, database: Connection, ramp: str, judged: Judged, now: datetime) -> bool:
        pair = judged.pair
        record = {
            "ramp": ramp,
            "task": pair.task,
            "time": _spelled(now),
            "receipt": judged.receipt,
            "original": {"model": judged.original, "outcome": pair.original},
            "substitute": {"model": judged.substitute, "outcome": pair.substitute},
            "judge": judged.judge,
            "cost": str(pair.cost),
        }
        name = f"{ramp}/{judged.receipt}"
        return note(database, self._log, "pair", RAMP, name, orjson.dumps(record)) is not None

    def _moment(self, plan: RampPlan, now: datetime) -> Moment:
        return moment(plan, now)._replace(longest_tick_s=self._longest_tick_s)

    def _keep(self, database: Connection, name: str, state: RampState, moves: Sequence[Move], now: datetime) -> None:
        _put(database, name, state)
        for move in moves:
            (number,) = database.execute("SELECT COUNT(*) FROM records WHERE kind = 'ramp'").fetchone()
            record = {"time": _spelled(now), **_plain(move)}
            note(database, self._log, "ramp", RAMP, f"{name}/{number}", orjson.dumps(record))


def moment(plan: RampPlan, now: datetime) -> Moment:
    """Now, in the time zone of the plan's schedule."""
    return Moment(now.timestamp(), now.astimezone(ZoneInfo(plan.schedule.timezone) if plan.schedule else UTC))


def _states(database: Connection) -> dict[str, RampState]:
    rows = database.execute("SELECT name, body FROM ramps WHERE name <> ?", (HOUSE,)).fetchall()
    return {name: _state_shape().validate_json(body) for name, body in rows}


def _state(database: Connection, plan: RampPlan) -> RampState:
    row = database.execute("SELECT body FROM ramps WHERE name = ?", (plan.name,)).fetchone()
    return _state_shape().validate_json(row[0]) if row else fresh(plan)


def _totals(database: Connection) -> Totals:
    row = database.execute("SELECT body FROM ramps WHERE name = ?", (HOUSE,)).fetchone()
    return _totals_shape().validate_json(row[0]) if row else Totals()


def _put(database: Connection, name: str, value: RampState | Totals) -> None:
    body = orjson.dumps(value, default=str)
    question = "INSERT INTO ramps (name, body) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body"
    database.execute(question, (name, body))
    keep_state(database, name, body)


def _new_units(database: Connection, ramp: str, number: int, units: Sequence[str]) -> list[bool]:
    """Which units are seen for the first time under this plan of the split; what earlier plans saw is forgotten."""
    database.execute("DELETE FROM ramp_units WHERE ramp = ? AND number < ?", (ramp, number))
    (known,) = database.execute("SELECT COUNT(*) FROM ramp_units WHERE ramp = ?", (ramp,)).fetchone()
    if known >= MOST_UNITS:
        return [False] * len(units)
    question = "SELECT unit FROM ramp_units WHERE ramp = ? AND number = ? AND unit IN ({})"
    seen = {unit for (unit,) in among(database, question, units, ramp, number)}
    first = []
    for unit in units:
        first.append(unit not in seen)
        seen.add(unit)
    new = [(ramp, number, unit) for unit, is_first in zip(units, first, strict=True) if is_first]
    database.executemany("INSERT INTO ramp_units (ramp, number, unit) VALUES (?, ?, ?)", new)
    add_units(database, ramp, number, [unit for *_, unit in new])
    return first


def _plain(move: Move) -> dict[str, Any]:
    plain: dict[str, Any] = orjson.loads(orjson.dumps(move))
    return plain


def _spelled(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
