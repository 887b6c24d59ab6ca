"""Slows down whoever tries wrong admin keys, by their address.

Invariant: what is remembered is bounded, however many addresses try: the one that was quiet longest is forgotten first.
"""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from math import ceil
from typing import NamedTuple

MOST_WRONG, WINDOW_S = 10, 60.0
MOST_ADDRESSES = 4096
_NETWORK = 64


class _Tries(NamedTuple):
    left: float
    time: float


class WrongKeys:
    """The tries of every address: ten wrong ones at once, then one every six seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._tries: OrderedDict[str, _Tries] = OrderedDict()

    def wait_s(self, address: str) -> int | None:
        """How many seconds an address must wait before its next try, or None where it need not."""
        left = self._left(network_of(address))
        return None if left >= 1 else max(1, ceil((1 - left) * WINDOW_S / MOST_WRONG))

    def add(self, address: str) -> None:
        """Count a wrong key."""
        name = network_of(address)
        self._tries[name] = _Tries(max(0.0, self._left(name) - 1), self._clock())
        self._tries.move_to_end(name)
        if len(self._tries) > MOST_ADDRESSES:
            self._tries.popitem(last=False)

    def _left(self, name: str) -> float:
        tries = self._tries.get(name)
        if tries is None:
            return float(MOST_WRONG)
        return min(float(MOST_WRONG), tries.left + (self._clock() - tries.time) * MOST_WRONG / WINDOW_S)


def network_of(address: str) -> str:
    """An address as whoever has it can't change it at will: of IPv6 its network."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(known, IPv6Address):
        if known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        return f"{IPv6Address(int(known) >> _NETWORK << _NETWORK)}/{_NETWORK}"
    return str(known)
