"""Readers: from a bounded text to task type, difficulty, language and expected output."""
