"""Backends that speak Anthropic's Messages API."""

from providers.anthropic.adapter import create

__all__ = ["create"]
