"""Numbers as a file of ours has them: whole where they are, without an exponent."""

from decimal import Decimal


def plain(number: Decimal) -> int | float:
    """The nearest number that YAML and JSON have."""
    return int(number) if number == number.to_integral_value() else float(number)
