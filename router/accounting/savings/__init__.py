"""Savings: against which baseline, who kept them, and how sure they are."""
