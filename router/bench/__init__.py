"""Benchmarks and the demonstration: workloads through the same service that serves."""
