"""Pages that need nothing else: a file that one opens, sends and shows."""
