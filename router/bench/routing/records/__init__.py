"""What a benchmark leaves behind: sheets of figures, a row for each decision, and a manifest that repeats it."""
