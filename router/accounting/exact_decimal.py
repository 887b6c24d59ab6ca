"""Arithmetic on money that is exact or fails.

Invariant: no result is ever rounded in silence: what would need more than `DIGITS` digits raises `decimal.Inexact`.
Where rounding is meant it is asked for, by `quantize`, outside.
"""

from contextlib import AbstractContextManager
from decimal import (
    MAX_EMAX,
    MIN_EMIN,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
    localcontext,
)

DIGITS = 300
MICRO = Decimal(1_000_000)
"""Micro-dollars in a dollar."""
# Of a quotient, twelve places behind a micro-dollar are kept: less than a dollar in 10^18 tokens.
_FINEST = Decimal("1e-12")
_EXACT = Context(
    DIGITS, ROUND_HALF_EVEN, MIN_EMIN, MAX_EMAX, 1, 0, [], [Inexact, InvalidOperation, DivisionByZero, Overflow]
)
_ROUNDED = Context(DIGITS, ROUND_HALF_EVEN, MIN_EMIN, MAX_EMAX, 1, 0, [], [InvalidOperation, DivisionByZero, Overflow])


def exactly() -> AbstractContextManager[Context]:
    """Inside, every sum and product is exact."""
    return localcontext(_EXACT)


def quotient(number: Decimal, by: Decimal) -> Decimal:
    """A quotient, rounded once to the twelfth place."""
    with localcontext(_ROUNDED):
        return (number / by).quantize(_FINEST)
