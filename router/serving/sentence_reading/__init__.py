"""A reader that asks a sentence encoder where the shipped one is unsure."""
