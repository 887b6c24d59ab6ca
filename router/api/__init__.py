"""The HTTP surface: OpenAI's shapes at the edge, the line inside."""

from router.api.app import build_app

__all__ = ["build_app"]
