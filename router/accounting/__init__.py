"""What every request came to: for the customer, the platform and the partners, and had another model served.

Invariant: pure and exact: money is Decimal micro-dollars, never rounded but where a quotient is, never a float but
in the spread of an interval; a report whose rows do not balance is not made.
"""
