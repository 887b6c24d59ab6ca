"""What adapters over HTTP share: connections kept open, timeouts, keys, events, and failures as one error."""
