"""Azure's names for OpenAI's paths, so that its clients work by changing the endpoint.

Invariant: a path of Azure's means what OpenAI's means; its deployment is the name of a model or a policy, and goes
before what the body names. `api-version` is free.
"""

import re
from collections.abc import Awaitable, Collection
from urllib.parse import unquote

from router.api.http.asgi import Receive, Scope, Send
from router.api.http.middleware import App

_DEPLOYMENTS = "/openai/deployments/"
_MODELS = "/openai/models"
_ROOTS = ("/openai", "/anthropic", "/api/")
_NAMED = "fungible.deployment"
# What stands before the newer paths, which name no deployment: of a resource, or of a project in it.
_NEWER = re.compile(r"/(?:openai|anthropic|api/projects/[^/]+/openai)(?=/v1/)")


class AzurePaths:
    """Serves Azure's paths as OpenAI's."""

    def __init__(self, of_deployments: Collection[str], of_resource: Collection[str]) -> None:
        self._of_deployments, self._of_resource = of_deployments, of_resource

    def __call__(self, serve: App, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request."""
        return serve(as_openai(scope, self._of_deployments, self._of_resource), receive, send)


def as_openai(scope: Scope, of_deployments: Collection[str], of_resource: Collection[str]) -> Scope:
    """The same request at OpenAI's path; any other is left alone.

    `of_deployments` is what may be asked of a deployment, `of_resource` what is asked of none, without the newer
    paths' `v1`.
    """
    path: str = scope["path"]
    if not path.startswith(_ROOTS):
        return scope
    if newer := _NEWER.match(path):
        return _at(scope, path[newer.end() :])
    if not path.startswith("/openai/"):
        return scope
    if path == _MODELS or path.removeprefix("/openai") in of_resource:
        return _at(scope, f"/v1{path.removeprefix('/openai')}")
    # As it was sent: a name may hold a slash, spelt `%2F`.
    sent: str = scope["raw_path"].decode("latin-1") if scope.get("raw_path") else path
    if sent.startswith(_DEPLOYMENTS):
        for end in of_deployments:
            name = sent[len(_DEPLOYMENTS) : -len(end)]
            if sent.endswith(end) and name and "/" not in name:
                return {**_at(scope, f"/v1{end}"), _NAMED: unquote(name)}
    return scope


def _at(scope: Scope, path: str) -> Scope:
    return {**scope, "path": path, "raw_path": path.encode()}


def named(scope: Scope) -> str | None:
    """The deployment that the path names."""
    name: str | None = scope.get(_NAMED)
    return name
