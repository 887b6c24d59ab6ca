"""Azure's names for OpenAI's paths, so that its clients work by changing the endpoint.

Invariant: a path of Azure's means what OpenAI's means; its deployment is the name of a model or a policy, and goes
before what the body names. `api-version` is free.
"""

from urllib.parse import unquote

import orjson

from router.api.exchange import Scope

CHAT = "/v1/chat/completions"
_DEPLOYMENTS, _CHAT_OF_ONE = "/openai/deployments/", "/chat/completions"
_NAMED = "fungible.deployment"


def as_openai(scope: Scope) -> Scope:
    """The same request at OpenAI's path; any other is left alone."""
    path: str = scope["path"]
    if not path.startswith("/openai/"):
        return scope
    if path.startswith("/openai/v1/"):
        return {**scope, "path": path.removeprefix("/openai"), "raw_path": path.removeprefix("/openai").encode()}
    name = path[len(_DEPLOYMENTS) : -len(_CHAT_OF_ONE)]
    if path.startswith(_DEPLOYMENTS) and path.endswith(_CHAT_OF_ONE) and name and "/" not in name:
        return {**scope, "path": CHAT, "raw_path": CHAT.encode(), _NAMED: unquote(name)}
    return scope


def named(scope: Scope, body: bytes) -> bytes:
    """The body, with the deployment of the path as its model; what is no object is left for others to refuse."""
    deployment = scope.get(_NAMED)
    if deployment is None:
        return body
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
    return orjson.dumps({**told, "model": deployment}) if isinstance(told, dict) else body
