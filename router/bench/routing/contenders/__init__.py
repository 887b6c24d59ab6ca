"""Whatever decides, measured on the same prompts: readers, policies, recorded choices, endpoints, single models."""
