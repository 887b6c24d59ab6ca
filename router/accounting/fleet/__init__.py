"""Deployments in the books: what each was offered, and what an hour of its GPUs gives."""
