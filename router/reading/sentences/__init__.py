"""What a sentence encoder adds to the shipped reader."""
