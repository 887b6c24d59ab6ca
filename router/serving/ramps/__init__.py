"""Moves governed ramps while a server runs: shadow pairs, their judges, and what follows from them."""
