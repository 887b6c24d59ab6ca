"""Readers that ask across a network."""
