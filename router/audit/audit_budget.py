"""What an audit may spend, what it has, and what the next call can cost at most, in exact micro-dollars.

Invariant: a call is held for at its worst before it is sent, so that the cap is never passed; what was charged is
usage times price, and the whole hold where an endpoint said no usage or failed.
"""

import threading
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from router.audit.wire_shapes import Said
from router.errors import BadRequest
from router.money import ZERO

MICRO = Decimal(1_000_000)
# Tokens that a template may put around a prompt.
AROUND = 64


@dataclass(frozen=True, slots=True)
class CallPrice:
    """Micro-dollars a token, which is USD per million."""

    input: Decimal
    output: Decimal

    def worst(self, prompt: str, max_tokens: int) -> Decimal:
        """The most that a call can cost: a byte is never more than a token."""
        return (len(prompt.encode()) + AROUND) * self.input + max_tokens * self.output

    def of(self, said: Said, hold: Decimal) -> Decimal:
        """What a call did cost, by its usage; the hold where it says none."""
        if said.input_tokens is None or said.output_tokens is None:
            return hold
        return said.input_tokens * self.input + said.output_tokens * self.output


FREE = CallPrice(ZERO, ZERO)


def price_from(written: str, option: str) -> CallPrice:
    """A price from `INPUT/OUTPUT`, USD per million tokens; raises BadRequest."""
    try:
        made = CallPrice(*(Decimal(part) for part in written.split("/", 1)))
        if made.input.is_finite() and made.output.is_finite() and min(made.input, made.output) >= 0:
            return made
    except (InvalidOperation, TypeError):
        pass
    raise BadRequest(f"{option} {written!r} is no price: write USD per million tokens in and out, such as 1.25/10.")


def cap_from(written: str) -> Decimal:
    """Micro-dollars from `2USD`, `$2` or `2`; raises BadRequest."""
    try:
        amount = Decimal(written.upper().removesuffix("USD").removeprefix("$").strip())
        if amount.is_finite() and amount > 0:
            return amount * MICRO
    except InvalidOperation:
        pass
    raise BadRequest(f"--budget {written!r} is no amount: write it such as 2USD.")


class Purse:
    """A cap, or None, and what was spent and is held against it; safe to use from several threads."""

    def __init__(self, cap: Decimal | None) -> None:
        self.cap = cap
        self.spent = ZERO
        self._held = ZERO
        self._lock = threading.Lock()

    def hold(self, most: Decimal) -> bool:
        """Set so much aside, if that is left."""
        with self._lock:
            if self.cap is not None and self.spent + self._held + most > self.cap:
                return False
            self._held += most
            return True

    def forfeit(self) -> None:
        """Book what is still held as spent: calls that were given up may be charged all the same."""
        with self._lock:
            self.spent += self._held
            self._held = ZERO

    def settle(self, held: Decimal, cost: Decimal) -> None:
        """Give a hold back and book what the call cost."""
        with self._lock:
            self._held -= held
            self.spent += cost
