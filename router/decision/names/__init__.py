"""Names and words as they are compared: of models, and of what callers say of themselves."""
