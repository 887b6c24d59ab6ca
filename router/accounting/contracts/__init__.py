"""Contracts in the books: terms, caps, commitments, concentration and what they call for."""
