"""Replays of logs that no memory holds: pieces of Parquet decided one after another, or by many workers at once."""
