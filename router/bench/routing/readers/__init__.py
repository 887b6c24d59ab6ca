"""What readers say of the prompts of a table: the shipped one, and those that were fitted before."""
