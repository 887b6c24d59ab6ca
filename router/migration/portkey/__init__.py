"""Portkey's gateway configs: a tree of targets becomes models, places and one policy."""
