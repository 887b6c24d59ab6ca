"""An audit as a page to print: words, figures, and the wealth over calls."""
