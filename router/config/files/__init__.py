"""Files: YAML with the place of every value and what to write instead, atomic writes, and whether a folder changed."""
