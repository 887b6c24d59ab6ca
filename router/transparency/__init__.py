"""Transparency log: Merkle tree, signed heads, inclusion proofs and commitments, verified with a public key alone.

Invariant: pure; keys, clocks and files are passed in.
"""
