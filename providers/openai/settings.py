"""The settings of an OpenAI-compatible backend in a provider's row."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from providers.openai.kinds import KINDS, Kind, KindName
from providers.upstream.settings import Line, Reach, read_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(Reach):
    """`base_url` ends where `/chat/completions` begins; with the style `azure-deployments` it is the resource's.

    `kind` says what it may be sent, beside what `allow` names; `usage_in_streams` asks for token counts in streams,
    which a few backends refuse.
    """

    __pydantic_config__ = {"extra": "forbid"}

    auth: Literal["bearer", "api-key"] = "bearer"
    kind: KindName = "compatible"
    style: Literal["v1", "azure-deployments"] = "v1"
    api_version: Line | None = None
    usage_in_streams: bool = True


def settings_of(given: Mapping[str, Any]) -> Settings:
    """The settings, checked; raises ValueError."""
    settings = read_settings(Settings, given)
    if settings.style == "azure-deployments" and not settings.api_version:
        raise ValueError("api_version: the style azure-deployments needs one, such as 2024-10-21")
    return settings


def path_of(settings: Settings, what: str = "chat/completions") -> str:
    """The path after `base_url` at which this is asked for; `{name}` stands for the upstream's name of the model."""
    version = f"?api-version={settings.api_version}" if settings.api_version else ""
    if settings.style == "azure-deployments":
        return f"/openai/deployments/{{name}}/{what}{version}"
    return f"/{what}{version}"


def kind_of(settings: Settings) -> Kind:
    """The kind of backend, with what its operator allows beside; one of Azure's older paths is Azure's."""
    named = "azure" if settings.kind == "compatible" and settings.style == "azure-deployments" else settings.kind
    kind = KINDS[named]
    return replace(
        kind,
        chat=kind.chat.widened(settings.allow),
        embeddings=kind.embeddings.widened(settings.allow),
        speech=kind.speech.widened(settings.allow),
    )
