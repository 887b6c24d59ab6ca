"""What adapters over HTTP share: connections kept open, timeouts, keys, events, and failures told in one way."""
