"""The routes that FastAPI serves, and what their answers look like."""
