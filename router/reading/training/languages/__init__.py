"""Fits the votes of words for languages: run `python -m router.reading.training.languages --data FOLDER`."""
