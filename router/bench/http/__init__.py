"""Benchmarks of the server: load, faults, crashes and memory."""
