"""The provider that asks a backend over OpenAI's chat completions API, wherever it is."""

from collections.abc import Mapping
from typing import Any

from providers.openai.body import body
from providers.openai.reading import Completions
from providers.openai.settings import path_of, settings_of
from providers.upstream.adapter import Body, OverHttp
from providers.upstream.backend import Backend
from router.types import Call, Provider


def create(given: Mapping[str, Any]) -> Provider:
    """The provider; ValueError where a setting is wrong."""
    settings = settings_of(given)
    header, prefix = ("authorization", "Bearer ") if settings.auth == "bearer" else ("api-key", "")

    def write(call: Call, name: str) -> Body:
        return body(call, name, usage_in_streams=settings.usage_in_streams)

    return OverHttp(Backend(settings, path_of(settings), {}, header, prefix), write, Completions)
