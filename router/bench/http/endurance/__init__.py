"""A mixed load for minutes, and the bounds that it is held to."""
