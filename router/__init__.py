"""Fungible: a model router in which every substitution is decided by policy, priced, proved and detectable."""

__version__ = "0.2.0"
