"""The Merkle log of a ledger: appended, signed, verified, witnessed and exported."""
