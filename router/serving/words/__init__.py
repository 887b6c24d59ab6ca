"""The words of requests, where the operator has them kept for a while: off by default, sealed, and gone in time."""
