"""Scenarios for the page: played in a process of their own, so that serving is not slowed."""
