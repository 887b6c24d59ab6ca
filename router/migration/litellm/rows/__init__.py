"""The rows of `model_list`, each understood as a place where a model answers."""
