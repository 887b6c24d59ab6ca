"""Which prompt a round asks, and in which order the endpoints are asked, from a seed that is committed to beforehand.

Invariant: the same seed gives the same draws, so that whoever has it can check that none was chosen afterwards.
"""

from hashlib import sha256


def commitment_to(seed: bytes) -> str:
    """What is published of the seed before the first round."""
    return sha256(b"fungible/audit/seed\0" + seed).hexdigest()


def prompt_of(seed: bytes, round_number: int, prompts: int) -> int:
    """The place of a round's prompt among so many."""
    return _number(seed, "prompt", round_number) % prompts


def order_of(seed: bytes, round_number: int, calls: int) -> tuple[int, ...]:
    """The order in which a round's calls are sent; 0 is the one to the audited endpoint."""
    drawn = _number(seed, "order", round_number)
    left, order = list(range(calls)), []
    while left:
        drawn, place = divmod(drawn, len(left))
        order.append(left.pop(place))
    return tuple(order)


def salt_of(secret: bytes, round_number: int, call: int) -> bytes:
    """The salt of the commitment to one text of a round, from a secret that is not the seed: it is never published."""
    return sha256(secret + f"salt\0{round_number}\0{call}".encode()).digest()[:16]


def _number(seed: bytes, what: str, round_number: int) -> int:
    return int.from_bytes(sha256(seed + f"{what}\0{round_number}".encode()).digest())
