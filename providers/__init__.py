"""Adapters to backends; each is found by its entry point, and knows of the router its types and its errors only."""
