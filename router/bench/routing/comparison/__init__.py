"""Differences between contenders, with intervals that hold for all of them together, and figures by kind of prompt."""
