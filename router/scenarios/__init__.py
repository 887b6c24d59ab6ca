"""Scenarios: dated events over simulated days, lived through by the same service that serves, and measured."""
