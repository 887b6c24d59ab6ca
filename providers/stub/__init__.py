"""The engine that the stub providers share: it answers in process, offline, and is as deterministic as arithmetic."""
