"""Audits of endpoints from outside: asks them and a reference, within a budget, and keeps a signed transcript.

Invariant: nothing is sent before its worst cost is within the budget; a key is never written anywhere.
"""
