"""The part of a configuration that is about ramps: its file, its plans and its shares."""
