"""Tells the language of a text: by its script, and in Latin letters by its words."""
