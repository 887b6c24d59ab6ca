"""Fits the reader of stakes: run `python -m router.reading.training.stakes --help`."""
