"""Files: YAML with the place of every value, atomic writes, and whether somebody edited a folder."""
