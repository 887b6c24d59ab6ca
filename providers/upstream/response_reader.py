"""Reads a backend's answer: what all APIs have in common.

Invariant: what a backend says of itself (a model's name, token counts, a reason that nobody knows) is noted and not
believed; an answer that never began is a failure, so that another model may be tried.
"""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

import orjson

from providers.upstream.failures import failure_of_event
from providers.upstream.notes import note
from router.errors import ProviderError
from router.types import Chunk, NoteKind, Usage

Json = dict[str, Any]
Hide = Callable[[str], str]


class AnswerReader(Protocol):
    """Reads one answer; `done` says that its last word was read."""

    done: bool

    def whole(self, body: bytes) -> list[Chunk]:
        """The chunks of an answer that came at once."""

    def events(self, payloads: Iterable[bytes]) -> list[Chunk]:
        """The chunks of some events, each of which a client may see; or, once `done`, all that is left to say."""

    def ended(self) -> list[Chunk]:
        """What is left to say where a stream ends without its last word."""


class ResponseReader:
    """What every reader of answers remembers. `name` is the upstream's name of the model that was asked."""

    def __init__(self, name: str, notes: tuple[str, ...], hide: Hide) -> None:
        self.done = False
        self.begun = False
        self.used: Usage | None = None
        self._name = name
        self._notes = notes
        self._hide = hide
        self._model_seen = False

    def json_object(self, data: bytes, what: str) -> Json:
        """Parse one JSON object that is no error; raises ProviderError."""
        try:
            json_object = orjson.loads(data)
        except ValueError:
            raise ProviderError("unavailable", f"the backend sent {what} that is not JSON") from None
        if not isinstance(json_object, dict):
            raise ProviderError("unavailable", f"the backend sent {what} that is no object")
        if error := json_object.get("error"):
            raise failure_of_event(error, self._hide)
        return json_object

    def name_of(self, answer: Json) -> None:
        """Note the model's name, where the backend says another than it was asked for."""
        if not self._model_seen and (model := answer.get("model")):
            self._model_seen = True
            if model != self._name:
                self.note("upstream_model", model)

    def note(self, kind: NoteKind, detail: object) -> None:
        """Note something for the receipt."""
        self._notes = (*self._notes, note(kind, self._hide(str(detail)[:200])))

    def noted(self, chunks: list[Chunk]) -> list[Chunk]:
        """The last of what came together waits for nothing; the notes go with it."""
        if chunks:
            chunks[-1] = chunks[-1]._replace(more=False, notes=self._notes)
            self._notes = ()
        return chunks

    def ended(self) -> list[Chunk]:
        """The usage and the last notes; raises ProviderError where nothing was said."""
        if not self.begun:
            raise ProviderError("unavailable", "the backend ended its answer before it began")
        return self.noted([Chunk(usage=self.used)])


def strange_shape() -> ProviderError:
    """What is said where an answer is JSON, but not as the API has it."""
    return ProviderError("unavailable", "the backend answered in a shape of its own")
