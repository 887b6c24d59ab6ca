"""Benchmarks of the evidence by which ramps move, in simulation."""
