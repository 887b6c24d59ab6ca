"""What a replay adds up, in parts that can be joined in any order: of a batch, a file, a machine."""
