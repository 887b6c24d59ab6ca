"""Accounting: what each request cost and earned, as served and in the counterfactual where another model served.

Invariant: pure and exact: money is Decimal micro-dollars, rounded only in quotients, a float only in
the spread of an interval; a report whose rows do not balance is not made.
"""
