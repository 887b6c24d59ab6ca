"""Goes on from a kept response, and keeps the next: `previous_response_id`, where the server was told to keep them.

Invariant: what a model is asked is what the whole conversation, sent again, would ask; nobody goes on from a response
of another's key.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from router.api.http.asgi import Scope
from router.api.http.authentication import access_of, secret_of
from router.api.surfaces.openai_responses.response_store import MOST_BYTES, ResponseStore
from router.errors import BadRequest

Json = Mapping[str, Any]
PREVIOUS = "previous_response_id"


class NotKept(BadRequest):
    """A conversation can't go on from a response that is not there."""

    code = "previous_response_not_found"


class Conversation(NamedTuple):
    """A request of a conversation: for whom it is kept, what came before, and all its items so far."""

    store: ResponseStore
    owner: str
    previous: str | None
    items: tuple[Any, ...]

    def keep(self, response: Json) -> None:
        """Keep an answer with what was asked."""
        body = {
            "response": response,
            "items": [_named(item, str(response["id"]), n) for n, item in enumerate(self.items)],
        }
        self.store.keep(response["id"], self.owner, body)


def owner_of(scope: Scope) -> str:
    """Whose responses a request may see: its key's, or those of whatever secret it brings where none is asked for."""
    access = access_of(scope)
    if access is not None:
        return f"key:{access.key}"
    return f"secret:{sha256(secret_of(scope) or b'').hexdigest()}"


def joined(store: ResponseStore, owner: str, body: Json) -> tuple[dict[str, Any], Conversation | None]:
    """A body with what came before it in its input, and the conversation, unless it is not to be kept.

    Raises BadRequest for a response that is not there.
    """
    raw, previous = dict(body), body.get(PREVIOUS)
    before = _before(store, owner, previous) if previous else []
    given = raw.get("input")
    own = [{"role": "user", "content": given}] if isinstance(given, str) else given
    if before and isinstance(own, list):
        raw["input"] = [*before, *own]
    raw.pop(PREVIOUS, None)
    items = raw.get("input") if before else own
    if raw.get("store") is False or not isinstance(items, list) or len(orjson.dumps(items)) > MOST_BYTES:
        return raw, None
    # The answer says that it is kept; no backend is told.
    raw.pop("store", None)
    return raw, Conversation(store, owner, previous or None, tuple(items))


def _before(store: ResponseStore, owner: str, previous: object) -> list[Any]:
    """The items of the conversation up to a response, its own last."""
    kept = store.read(previous, owner) if isinstance(previous, str) else None
    if kept is None:
        sentence = f"{PREVIOUS}: no response of yours that is kept here is called {str(previous)[:80]!r}."
        raise NotKept(sentence, param=PREVIOUS)
    return [*kept["items"], *kept["response"]["output"]]


def _named(item: Any, response: str, number: int) -> Any:
    """An item with an id, and a message in the form in which it is listed."""
    if not isinstance(item, dict):
        return item
    kind = item.get("type") or "message"
    content = item.get("content")
    more: dict[str, Any] = {"id": item.get("id") or f"item_{response.removeprefix('resp_')}_{number}", "type": kind}
    if kind == "message" and isinstance(content, str):
        word = "output_text" if item.get("role") == "assistant" else "input_text"
        part: dict[str, Any] = {"type": word, "text": content} | ({"annotations": []} if word == "output_text" else {})
        more["content"] = [part]
    if kind == "message":
        more["status"] = item.get("status") or "completed"
    return {**item, **more}
