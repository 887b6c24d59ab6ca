"""Serves requests: the only I/O that happens for one, and what governs it."""
