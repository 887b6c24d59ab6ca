"""Logged requests decided again, all at once: what flips between two versions, why, and at what price."""
