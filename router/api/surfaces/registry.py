"""The list of surfaces; whoever needs to know of one asks it here.

Invariant: no two surfaces have a path in common; a path that is nobody's gets OpenAI's errors, but
for clients that a header marks as another's.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from router.api.http.asgi import Headers, Scope
from router.api.http.endpoint import Endpoint
from router.api.http.error_responses import failure_bytes
from router.api.surfaces.anthropic_messages.surface import Messages
from router.api.surfaces.openai_chat.surface import ChatCompletions
from router.api.surfaces.openai_completions import Completions
from router.api.surfaces.openai_embeddings import Embeddings
from router.api.surfaces.openai_responses.response_store import ResponseStore
from router.api.surfaces.openai_responses.surface import Responses
from router.api.surfaces.openai_speech import Speech
from router.api.surfaces.surface import Handler, Surface, SurfacePath
from router.errors import RouterError
from router.serving.service import Service

if TYPE_CHECKING:
    from fastapi import APIRouter

_VERSION = "/v1"


class SurfaceRegistry:
    """Some surfaces, found by their paths."""

    def __init__(self, surfaces: Sequence[Surface]) -> None:
        self._surfaces = tuple(surfaces)
        self.paths: dict[str, tuple[SurfacePath, Surface]] = {}
        for surface in self._surfaces:
            for path in surface.paths:
                if path.path in self.paths:
                    raise ValueError(f"two surfaces have the path {path.path}")
                self.paths[path.path] = path, surface
        self.answering = frozenset(name for name, (path, _) in self.paths.items() if path.handler is None)
        # What Azure's clients may ask of a deployment, and what without naming one.
        self.azure_deployments = tuple(_short(name) for name, (_, own) in self.paths.items() if own.azure_deployments)
        self.azure_resource = frozenset(_short(name) for name, (_, own) in self.paths.items() if own.azure_resource)

    def handlers(self, service: Service) -> dict[str, Handler]:
        """The handler of every path."""
        return {name: (path.handler or Endpoint)(service, surface) for name, (path, surface) in self.paths.items()}

    def failure(self, scope: Scope, error: RouterError, id: str) -> tuple[int, bytes, Headers]:  # noqa: A002
        """Status, body and headers of an error, as whoever sent the request expects them."""
        owner = next((surface for surface in self._surfaces if surface.owns(scope["path"])), None)
        # What is nobody's own, such as the list of models, is asked for by clients of several.
        owner = owner or next((surface for surface in self._surfaces if surface.is_marked(scope)), None)
        return owner.failure(error, id) if owner else failure_bytes(error)

    def operation(self, path: str) -> str:
        """What traces and metrics call a request at a path."""
        return self.paths[path][1].operation if path in self.paths else Surface.operation

    def more_routes(self) -> "Sequence[APIRouter]":
        """The routes of all surfaces that ask no model."""
        return [routes for surface in self._surfaces for routes in surface.more_routes()]


def _short(name: str) -> str:
    return name.removeprefix(_VERSION)


def every_surface(store: ResponseStore | None = None) -> SurfaceRegistry:
    """All surfaces; with a store, responses are kept."""
    return SurfaceRegistry([ChatCompletions(), Responses(store), Completions(), Embeddings(), Speech(), Messages()])


SURFACES = every_surface()
