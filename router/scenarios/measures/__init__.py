"""What can be measured of a step, by name: each a function of what was seen, with a unit and texts."""
