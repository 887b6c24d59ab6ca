"""Which deployment may be called now: health, capacity, and what backends have cached."""
