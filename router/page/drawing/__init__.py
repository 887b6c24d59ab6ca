"""Drawings of the page as SVG: the one place that draws what does not move."""
