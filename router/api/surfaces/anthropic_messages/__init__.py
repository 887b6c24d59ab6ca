"""Anthropic's Messages API over the same line: the map that the adapter of such backends goes, the other way round."""
