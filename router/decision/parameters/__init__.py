"""What a policy sets of what is sent to a backend."""
