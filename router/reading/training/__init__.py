"""Fits the learned reader: run `python -m router.reading.training --data FOLDER --out FOLDER`."""
