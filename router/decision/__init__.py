"""The pure line: from a request, its features and a configuration to a decision, and from attempts to a receipt."""
