"""Measuring the router: workloads through the same service that serves, and the speed of it all."""
