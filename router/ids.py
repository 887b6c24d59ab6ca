"""Ids that nobody can guess, drawn from the system's randomness in large gulps.

Invariant: no piece of randomness is given out twice; a fork draws anew.
"""

import os
import re
from datetime import datetime
from hashlib import blake2b

_PIECE, _GULP = 10, 4096
_pool = bytearray()
# What an answer calls itself, or a part of it: a short word, the receipt's id, and perhaps the part's number.
_ANSWER_ID = re.compile(r"[a-z]+[_-]([0-9a-f]{32})(?:_\d+)?")

os.register_at_fork(after_in_child=_pool.clear)


def first_id(time: datetime) -> str:
    """What an id of this millisecond begins with: every id of an earlier one is less, and no later one is."""
    return f"{int(time.timestamp() * 1000):012x}"


def random_hex() -> str:
    """Twenty hex digits. A system call for each would cost several microseconds."""
    return random_bytes(_PIECE).hex()


def random_bytes(count: int) -> bytes:
    """So many bytes that nobody can guess, `_GULP` at most."""
    if len(_pool) < count:
        _pool.extend(os.urandom(_GULP))
    piece = bytes(_pool[-count:])
    del _pool[-count:]
    return piece


def salted(words: str, salt: bytes) -> str:
    """Twelve hex digits that stand for words which nobody should read."""
    return blake2b(words.encode(errors="replace"), key=salt, digest_size=6).hexdigest()


def salted_user(user: str, salt: bytes) -> str:
    """What the ledger keeps of a user's name."""
    return salted(f"user\0{user}", salt)


def receipt_id(words: str) -> str:
    """The receipt's id inside the id of an answer (`chatcmpl-…`, `resp_…`, `msg_…`); any other words as they are."""
    within = _ANSWER_ID.fullmatch(words)
    return within[1] if within else words
