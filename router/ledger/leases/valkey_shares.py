"""Shares the accounts of budgets out among servers: one script of Valkey's each for a question, a report and a look.

A hash for each account has the total that the database counted, and for each server how much is set aside for it and
until when. Amounts are whole thousandths of the budget's unit: they are exact up to 2^53, nine million dollars.

Invariant: a total only rises, and every word of a server is absolute, so one that is said twice does no harm. An
account that is not there, since memory was lost, is made anew from the database's total.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, TypeVar, cast

import orjson

from router.decision.budgets import Account, Carried
from router.errors import Unreachable
from router.ids import random_hex
from router.ledger.leases.account_lease import LEASE_S, SHARE, Report, Share, Wanted
from router.ledger.leases.valkey_server import Asked, ValkeyServer

T = TypeVar("T")
KEPT_MS = 600_000
"""An account that nobody asks for is forgotten after so long; the database has its total."""
AT_ONCE = 256
_THOUSANDTHS = 1000
_MISSING = -1
# What the scripts share: the total of an account, raised to what the database is known to have.
_HEAD = """
local function total(key, known)
  local kept = redis.call('HGET', key, 'total')
  if known ~= '' and (not kept or tonumber(known) > tonumber(kept)) then
    redis.call('HSET', key, 'total', known)
    kept = known
  end
  return kept and tonumber(kept)
end
local function set_aside(key, now, except)
  local sum, fields = 0, redis.call('HGETALL', key)
  for i = 1, #fields, 2 do
    if fields[i] ~= 'total' then
      local amount, till = string.match(fields[i + 1], '^(%d+) (%d+)$')
      if tonumber(till) <= now then redis.call('HDEL', key, fields[i])
      elseif fields[i] ~= except then sum = sum + tonumber(amount) end
    end
  end
  return sum
end
local function put(key, server, amount, now, lease, kept)
  if amount > 0 then redis.call('HSET', key, server, string.format('%.0f %.0f', amount, now + lease))
  else redis.call('HDEL', key, server) end
  redis.call('PEXPIRE', key, kept)
end
local function milliseconds()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function text(number) return string.format('%.0f', number) end
"""
# KEYS: the account, those before it. ARGV: server, lease, kept, limit, need, base, share; the most that goes over from
# the one before or '', what that had, and the part of what it used that counts; and a total or '' for each key.
_LEASE = """
local now, server, limit, need, base = milliseconds(), ARGV[1], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local totals, missing = {}, {-1}
for i, key in ipairs(KEYS) do
  totals[i] = total(key, ARGV[10 + i])
  if not totals[i] then missing[#missing + 1] = i end
end
if #missing > 1 then return missing end
local others, earlier, before = set_aside(KEYS[1], now, server), 0, 0
for i = 2, #KEYS do
  earlier = earlier + totals[i]
  before = before + set_aside(KEYS[i], now, '')
  redis.call('PEXPIRE', KEYS[i], ARGV[3])
end
local sure = limit
if ARGV[8] ~= '' then
  local function left(used) return math.min(tonumber(ARGV[8]), math.max(0, math.floor(ARGV[9] - ARGV[10] * used))) end
  limit, sure = limit + left(earlier), limit + left(earlier + before)
  earlier, before = 0, 0
end
local used, own, outcome = totals[1] + earlier + before + others + base, base, 'granted'
if totals[1] + earlier >= limit then outcome = 'spent'
elseif used >= sure then outcome = 'held'
else own = base + math.max(need, math.floor((sure - used) / ARGV[7])) end
put(KEYS[1], server, own, now, tonumber(ARGV[2]), ARGV[3])
return {outcome, text(own), text(totals[1]), text(others), text(earlier + before)}
"""
# KEYS: the account. ARGV: server, lease, kept, what is set aside, the total or ''.
_REPORT = """
local now, counted = milliseconds(), total(KEYS[1], ARGV[5])
if not counted then return {-1, 1} end
put(KEYS[1], ARGV[1], tonumber(ARGV[4]), now, tonumber(ARGV[2]), ARGV[3])
return {'granted', ARGV[4], text(counted), text(set_aside(KEYS[1], now, ARGV[1])), '0'}
"""
# KEYS: accounts. ARGV: kept, and a total or '' for each key.
_LOOK = """
local totals, missing = {}, {-1}
for i, key in ipairs(KEYS) do
  local counted = total(key, ARGV[1 + i])
  if counted then
    totals[i] = text(counted)
    redis.call('PEXPIRE', key, ARGV[1])
  else missing[#missing + 1] = i end
end
if #missing > 1 then return missing end
return totals
"""
SCRIPTS = {"lease": _HEAD + _LEASE, "report": _HEAD + _REPORT, "look": _HEAD + _LOOK}


class ValkeyShares:
    """The accounts of one ledger as this server shares them; `truth` gives their totals in the database."""

    def __init__(self, server: ValkeyServer, truth: Callable[[Iterable[Account]], Mapping[Account, Decimal]]) -> None:
        self._server, self._truth = server, truth
        self._who = random_hex()
        self._run = ""

    def renewed(self) -> bool:
        """Whether the store may have lost its memory since this was last asked; raises Unreachable."""
        before, self._run = self._run, self._server.look()
        return self._run != before

    def lease(self, wanted: Sequence[Wanted]) -> list[Share]:
        """Set aside what is wanted for this server, or what it has to keep where nothing is left."""
        terms = [
            (
                *(self._who, _ms(LEASE_S), KEPT_MS, _units(each.limit), _units(each.need), _units(each.base), SHARE),
                *_over(each.carried),
            )
            for each in wanted
        ]
        known = {each.account: each.total for each in wanted if each.total is not None}
        groups = [(each.account, *each.earlier, *_before(each.carried)) for each in wanted]
        return [_share(row) for row in self._all("lease", groups, terms, known)]

    def report(self, reports: Sequence[Report]) -> list[Share]:
        """Say what is set aside for this server from now on."""
        shares: list[Share] = []
        for part in _parts(reports):
            terms = [(self._who, _ms(LEASE_S), KEPT_MS, _units(each.own)) for each in part]
            known = {each.account: each.total for each in part if each.total is not None}
            shares += map(_share, self._all("report", [(each.account,) for each in part], terms, known))
        return shares

    def spent(self, accounts: Sequence[Account]) -> dict[Account, Decimal]:
        """The totals of accounts."""
        totals: dict[Account, Decimal] = {}
        for part in _parts(accounts):
            (row,) = self._all("look", [tuple(part)], [(KEPT_MS,)])
            totals.update(zip(part, map(_amount, row), strict=True))
        return totals

    def close(self) -> None:
        """Let go of the server."""
        self._server.close()

    def _all(
        self,
        script: str,
        accounts: Sequence[tuple[Account, ...]],
        terms: Sequence[tuple[object, ...]],
        known: Mapping[Account, Decimal] | None = None,
    ) -> list[Any]:
        """The answers of a script to all of these; what the store lacks it is told, and asked again."""
        totals = dict(known or {})

        def asked(prefix: str) -> list[Asked]:
            return [
                (
                    [prefix + _name(account) for account in group],
                    [*term, *(_floor(totals[account]) if account in totals else "" for account in group)],
                )
                for group, term in zip(accounts, terms, strict=True)
            ]

        answers = self._server.run_all(script, asked)
        missing = [
            group[number - 1]
            for group, answer in zip(accounts, answers, strict=True)
            if answer[0] == _MISSING
            for number in answer[1:]
        ]
        if missing:
            totals.update(self._truth(dict.fromkeys(missing)))
            answers = self._server.run_all(script, asked)
            if any(answer[0] == _MISSING for answer in answers):
                raise Unreachable(f"{self._server.shown} forgets what it is told: is `maxmemory-policy` noeviction?")
        return answers


def _parts(all_: Sequence[T]) -> Iterator[Sequence[T]]:
    return (all_[start : start + AT_ONCE] for start in range(0, len(all_), AT_ONCE))


def _share(row: list[str]) -> Share:
    outcome, own, spent, others, earlier = row
    return Share(cast("Any", outcome), _amount(own), _amount(spent), _amount(others), _amount(earlier))


def _over(carried: Carried | None) -> tuple[str, str, str]:
    return ("", "0", "0") if carried is None else (_floor(carried.most), _floor(carried.limit), f"{carried.at:f}")


def _before(carried: Carried | None) -> tuple[Account, ...]:
    return () if carried is None else (carried.account,)


def _name(account: Account) -> str:
    return "account:" + orjson.dumps(tuple(account)).decode()


def _units(amount: Decimal) -> str:
    return str((amount * _THOUSANDTHS).to_integral_value(ROUND_CEILING).quantize(Decimal(1)))


def _floor(amount: Decimal) -> str:
    # What is spent is rounded down, and a limit up, so that a budget never acts before its limit.
    return str((amount * _THOUSANDTHS).to_integral_value(ROUND_FLOOR).quantize(Decimal(1)))


def _amount(units: str) -> Decimal:
    return Decimal(units) / _THOUSANDTHS


def _ms(seconds: float) -> int:
    return round(1000 * seconds)
