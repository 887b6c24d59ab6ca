"""Ids that nobody can guess, drawn from the system's randomness in large gulps.

Invariant: no piece of randomness is given out twice; a fork draws anew.
"""

import os
from datetime import datetime

_PIECE, _GULP = 10, 4096
_pool = bytearray()

os.register_at_fork(after_in_child=_pool.clear)


def first_id(time: datetime) -> str:
    """What an id of this millisecond begins with: every id of an earlier one is less, and no later one is."""
    return f"{int(time.timestamp() * 1000):012x}"


def random_hex() -> str:
    """Twenty hex digits. A system call for each would cost several microseconds."""
    if len(_pool) < _PIECE:
        _pool.extend(os.urandom(_GULP))
    piece = _pool[-_PIECE:].hex()
    del _pool[-_PIECE:]
    return piece
