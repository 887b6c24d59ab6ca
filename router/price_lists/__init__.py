"""Price lists of others beside our own: what differs, what changes on a day, what is retired or old.

Invariant: nothing here changes a price; a list is one more witness, and people decide.
"""
