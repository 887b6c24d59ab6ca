"""The API shapes that clients speak: each parses a body into a request, and renders an answer.

Invariant: a surface spells and decides nothing; whatever it is called by, a request takes the same line.
"""
