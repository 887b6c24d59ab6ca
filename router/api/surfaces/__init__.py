"""The shapes that clients speak: each turns a body into a request, and an answer back into its own words.

Invariant: a surface spells and decides nothing; whatever it is called by, a request takes the same line.
"""
