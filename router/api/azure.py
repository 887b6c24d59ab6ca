"""Azure's names for OpenAI's paths, so that its clients work by changing the endpoint.

Invariant: a path of Azure's means what OpenAI's means; its deployment is the name of a model or a policy, and goes
before what the body names. `api-version` is free.
"""

from urllib.parse import unquote

from router.api.exchange import Scope

_DEPLOYMENTS = "/openai/deployments/"
# What may be asked of a deployment.
_OF_ONE = ("/chat/completions", "/embeddings", "/audio/speech")
_NAMED = "fungible.deployment"


def as_openai(scope: Scope) -> Scope:
    """The same request at OpenAI's path; any other is left alone."""
    path: str = scope["path"]
    if not path.startswith("/openai/"):
        return scope
    if path.startswith("/openai/v1/"):
        return {**scope, "path": path.removeprefix("/openai"), "raw_path": path.removeprefix("/openai").encode()}
    if path.startswith(_DEPLOYMENTS):
        for end in _OF_ONE:
            name = path[len(_DEPLOYMENTS) : -len(end)]
            if path.endswith(end) and name and "/" not in name:
                return {**scope, "path": f"/v1{end}", "raw_path": f"/v1{end}".encode(), _NAMED: unquote(name)}
    return scope


def named(scope: Scope) -> str | None:
    """The deployment that the path names."""
    name: str | None = scope.get(_NAMED)
    return name
