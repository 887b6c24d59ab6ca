"""The provider that asks a backend over Anthropic's Messages API."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from providers.anthropic.body import body
from providers.anthropic.response_reader import MessageEvents
from providers.upstream.adapter import OverHttp
from providers.upstream.backend import Backend
from providers.upstream.settings import Line, Reach, read_settings
from router.types import Provider

PATH = "/messages"
BASE_URL = "https://api.anthropic.com/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(Reach):
    """`base_url` ends where `/messages` begins."""

    __pydantic_config__ = {"extra": "forbid"}

    base_url: Line = BASE_URL
    version: Line = "2023-06-01"


def create(given: Mapping[str, Any]) -> Provider:
    """The provider; ValueError where a setting is wrong."""
    settings = read_settings(Settings, given)
    headers = {"anthropic-version": settings.version}
    allow = settings.allow or ()
    return OverHttp(
        Backend(settings, PATH, headers, "x-api-key"), lambda call, name: body(call, name, allow), MessageEvents
    )
