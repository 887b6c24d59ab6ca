"""The windows of limits per minute in Valkey: the rule of `rate_window`, in one script.

Invariant: a window is read, changed and written by one script, by the one clock that all servers go by. A window that
the server has forgotten is put back as this process last saw it; where the server can't be asked, the database's
windows count.
"""

import logging
from collections.abc import Mapping, Sequence
from math import floor
from typing import Any

from router.errors import Unreachable
from router.ledger.leases.valkey_server import Asked, ValkeyServer
from router.ledger.rate_window import SLOTS, Window
from router.ledger.rate_window_store import Owed, RateWindows, Taken

KEPT_S = 2 * SLOTS
# KEYS: the window. ARGV: slots, kept, need, limit, more, what was seen, then pairs of a slot and more or less in it;
# the number of pairs of what was seen, which are put back where nothing is there, comes first.
_WINDOW = """
local key, slots, need, limit, more, seen = KEYS[1], ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]),
  tonumber(ARGV[6])
local time = redis.call('TIME')
local slot, left = tonumber(time[1]), 1 - tonumber(time[2]) / 1000000
if redis.call('EXISTS', key) == 0 then
  for i = 7, 6 + 2 * seen, 2 do redis.call('HSET', key, ARGV[i], ARGV[i + 1]) end
end
local function change(name, by)
  local now = tonumber(redis.call('HGET', key, name) or '0')
  redis.call('HSET', key, name, string.format('%.0f', math.max(0, now + by)))
end
for i = 7 + 2 * seen, #ARGV, 2 do change(ARGV[i], tonumber(ARGV[i + 1])) end
if more > 0 then change(time[1], more) end
local total, answer, fields = 0, {}, redis.call('HGETALL', key)
for i = 1, #fields, 2 do
  local taken = tonumber(fields[i + 1])
  if tonumber(fields[i]) < slot - slots or taken == 0 then redis.call('HDEL', key, fields[i])
  else
    total = total + taken
    answer[#answer + 1] = fields[i]
    answer[#answer + 1] = fields[i + 1]
  end
end
local amount, free = 0, limit - total
if need > 0 and need <= free then
  amount = math.min(free, math.max(need, math.ceil(limit / slots)))
  change(time[1], amount)
end
redis.call('EXPIRE', key, ARGV[2])
return {string.format('%.0f', amount), time[1], string.format('%.6f', left), answer}
"""
SCRIPTS = {"window": _WINDOW}
log = logging.getLogger("fungible")


class ValkeyWindows:
    """The windows of one ledger; `behind` are those in its database."""

    remote = True

    def __init__(self, server: ValkeyServer, behind: RateWindows) -> None:
        self._server, self._behind = server, behind
        self._seen: dict[str, Window] = {}
        self._is_lost = False

    def lease(self, name: str, need: int, limit: int, owed: Owed) -> Taken:
        """Settle what is owed, then take what is needed, or nothing; raises Unreachable."""
        try:
            (row,) = self._run([(name, need, limit, owed)])
        except Unreachable as error:
            self._note_lost(error)
            return self._behind.lease(name, need, limit, owed)
        return row

    def settle(self, owed: Mapping[str, Owed]) -> None:
        """Settle what is owed to some windows; raises Unreachable, after which none is."""
        try:
            self._run([(name, 0, 0, debt) for name, debt in owed.items()])
        except Unreachable as error:
            self._note_lost(error)
            self._behind.settle(owed)

    def close(self) -> None:
        """Stop."""
        self._server.close()
        self._behind.close()

    def _run(self, asked: Sequence[tuple[str, int, int, Owed]]) -> list[Taken]:
        def calls(prefix: str) -> list[Asked]:
            return [([f"{prefix}rate:{each[0]}"], self._arguments(*each)) for each in asked]

        rows = [_taken(answer) for answer in self._server.run_all("window", calls)]
        for (name, *_), row in zip(asked, rows, strict=True):
            self._seen[name] = row.window
        if self._is_lost:
            self._is_lost = False
            log.warning("limits per minute are counted at %s again", self._server.shown)
        return rows

    def _arguments(self, name: str, need: int, limit: int, owed: Owed) -> list[object]:
        seen = self._seen.get(name, Window()).taken
        pairs = [number for mapping in (seen, owed.back) for item in mapping.items() for number in item]
        return [SLOTS, KEPT_S, need, limit, owed.more, len(seen), *pairs]

    def _note_lost(self, error: Unreachable) -> None:
        if not self._is_lost:
            self._is_lost = True
            log.error("limits per minute are counted in the database for now: %s", error.why)


def _taken(answer: Any) -> Taken:
    amount, slot, left_s, pairs = answer
    numbers = list(map(int, pairs))
    window = Window(dict(zip(numbers[::2], numbers[1::2], strict=True)))
    window = window.changed(int(slot), int(amount)) if int(amount) else window
    return Taken(int(amount), floor(int(slot)), float(left_s), window)
