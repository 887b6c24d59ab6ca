"""Attacks that were seen or thought of, each as a whole kind: bounded, fast, and without a clock."""
