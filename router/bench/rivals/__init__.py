"""Routers and single models on the same prompts, in pairs: quality, cost and latency, with intervals."""
