"""Answers that are given again to the same request: what is the same, what is kept, and for how long."""
