"""Candidates: revisions that decide what live traffic asks for, and answer none of it."""
