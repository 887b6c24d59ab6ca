"""The life of a policy: lint, test, diff, replay, apply, roll back. What it decides is for decide() alone."""
