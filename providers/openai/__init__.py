"""Backends that speak OpenAI's chat completions API: OpenAI, Azure, and every server that does as they do."""

from providers.openai.adapter import create

__all__ = ["create"]
