"""Benchmarks of routing decisions over tables of outcomes."""
