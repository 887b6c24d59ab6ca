"""What a log can prove to somebody who trusts nothing but a public key: trees, heads, proofs, commitments.

Invariant: pure; keys, clocks and files are passed in.
"""
