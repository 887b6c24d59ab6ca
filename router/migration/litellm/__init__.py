"""LiteLLM's proxy configuration becomes a folder of ours."""
