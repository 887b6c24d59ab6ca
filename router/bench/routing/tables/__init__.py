"""Tables of outcomes as people and projects write them, read into one shape."""
