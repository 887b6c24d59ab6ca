"""Divides the time of a report into whole days, of which sums are kept, and the rest.

Invariant: every moment of the time is in a whole day or in the rest, and in one of them only.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta


class WholeDays:
    """Which days of a report are read as sums, and which stretches of it receipt by receipt.

    From `begin` on requests are counted, from `since` on they are reported, up to and without `until`; None is
    everything. Of days with receipts before the id `pruned` the sums hold more than the ledger does.
    """

    def __init__(self, begin: datetime | None, since: datetime | None, until: datetime | None, pruned: str) -> None:
        self._begin, self._since, self._until = begin, since, until
        cut = {each.astimezone(UTC) for each in (begin, since, until) if each is not None}
        self._cut = {each.date() for each in cut if each != _midnight(each.date())}
        self._pruned = datetime.fromtimestamp(int(pruned[:12], 16) / 1000, UTC) if pruned else None

    @property
    def first(self) -> date | None:
        """The first day, cut or whole; None where there is none."""
        return None if self._begin is None else self._begin.astimezone(UTC).date()

    @property
    def end(self) -> date | None:
        """The day after the last, or one that is cut by the end; None where there is none."""
        return None if self._until is None else self._until.astimezone(UTC).date()

    def has(self, day: str) -> bool:
        """Whether all of the day is in the report, or counts for it, and all of its receipts are there."""
        this = date.fromisoformat(day)
        return this not in self._cut and (self._pruned is None or _midnight(this) >= self._pruned)

    def reports(self, day: str) -> bool:
        """Whether the day is reported, and not only counted."""
        return self._since is None or _midnight(date.fromisoformat(day)) >= self._since

    def rest(self) -> Iterator[tuple[datetime | None, datetime | None]]:
        """Stretches that are read receipt by receipt, each up to and without its end."""
        done = self._begin
        if self._pruned is not None and (self._begin is None or self._begin < self._pruned):
            done = self._pruned if self._until is None else min(self._pruned, self._until)
            yield self._begin, done
        for day in sorted(self._cut):
            since, until = _midnight(day), _midnight(day) + timedelta(days=1)
            since = since if done is None else max(since, done)
            until = until if self._until is None else min(until, self._until)
            if since < until:
                yield since, until


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
