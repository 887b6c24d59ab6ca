"""Reads a backend's answer: what all APIs have in common.

Invariant: what a backend says of itself (a model's name, token counts, a reason that nobody knows) is noted and not
believed; an answer that never began is a failure, so that another model may be tried.
"""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

import orjson

from providers.upstream.cut_text import CutText
from providers.upstream.end_reasons import end_reason
from providers.upstream.failures import failure_of_event
from providers.upstream.notes import note
from router.errors import ProviderError
from router.types import Chunk, FinishReason, NoteKind, Usage

Json = dict[str, Any]
Hide = Callable[[str], str]
# A chunk as the tuple that it is, without its own constructor.
_new = tuple.__new__


class WholeReader(Protocol):
    """Reads an answer that comes at once."""

    def whole(self, body: bytes) -> list[Chunk]:
        """The chunks of an answer that came at once."""


class AnswerReader(WholeReader, Protocol):
    """Reads one answer; `done` says that its last word was read."""

    done: bool

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
        self.model_seen = False
        self._cut = CutText()

    def json_object(self, data: bytes, what: str) -> Json:
        """Parse one JSON object that is no error; raises ProviderError."""
        try:
            answer: Any = orjson.loads(data)
        except ValueError:
            answer = self._cut_loads(data, what)
        else:
            if self._cut.open:
                answer = self._cut.mended(answer)
        json_object: Json | None = answer if type(answer) is dict else _only_error(answer)
        if json_object is None:
            raise ProviderError("unavailable", f"the backend sent {what} that is no object", code="no_object")
        if error := json_object.get("error"):
            raise failure_of_event(error, self._hide)
        return json_object

    def _cut_loads(self, data: bytes, what: str) -> Any:
        try:
            return self._cut.loads(data)
        except ValueError:
            raise ProviderError("unavailable", f"the backend sent {what} that is not JSON", code="not_json") from None

    def name_of(self, answer: Json) -> None:
        """Note the model's name, where the backend says another than it was asked for."""
        if not self.model_seen and (model := answer.get("model")):
            self.model_seen = True
            if model != self._name:
                self.note("upstream_model", model)

    def note(self, kind: NoteKind, detail: object) -> None:
        """Note something for the receipt; of what is no word and no number, only what it is."""
        self._notes = (*self._notes, note(kind, self._hide(_word(detail)[:200])))

    def reason(self, given: object, *, calls: bool) -> FinishReason:
        """Why an answer ended: clients look at it to know whether a tool must be run. Raises ProviderError."""
        if (reason := end_reason(given)) is None:
            self.note("finish_reason", given)
            reason = "stop"
        if calls and reason == "stop":
            self.note("finish_reason", f"{_word(given)}, beside a call")
            return "tool_calls"
        if reason == "tool_calls" and not calls:
            self.note("finish_reason", f"{_word(given)}, without a call")
            return "stop"
        return reason

    def noted(self, chunks: list[Chunk]) -> list[Chunk]:
        """The last of what came together waits for nothing; the notes go with the first, before any word."""
        if chunks and chunks[-1].more:
            chunks[-1] = chunks[-1]._replace(more=False)
        if chunks and self._notes:
            chunks[0] = chunks[0]._replace(notes=self._notes)
            self._notes = ()
        return chunks

    def ended(self) -> list[Chunk]:
        """The usage and the last notes; raises ProviderError where nothing was said."""
        if not self.begun:
            raise ProviderError("unavailable", "the backend ended its answer before it began", code="no_answer")
        return self.noted([Chunk(usage=self.used)])

    def with_end(self, chunks: list[Chunk]) -> list[Chunk]:
        """The last chunks with what `ended` gives; its notes come before their words, as those of others do."""
        *usual, last = chunks + self.ended()
        if not (usual and last.notes):
            return [*usual, last]
        return [usual[0]._replace(notes=(*usual[0].notes, *last.notes)), *usual[1:], last._replace(notes=())]


def merged(chunks: list[Chunk]) -> list[Chunk]:
    """The same answer in fewer chunks: an end and the usage go with the words before them.

    Of an answer that came at once nobody waits for a part, and each chunk takes its way through all that look at it.
    """
    few: list[Chunk] = []
    for chunk in chunks:
        if few and (one := _joined(few[-1], chunk)) is not None:
            few[-1] = one
        else:
            few.append(chunk)
    return few


def _joined(before: Chunk, chunk: Chunk) -> Chunk | None:
    """Two chunks as one, where the second says nothing but an end or the usage."""
    index, text, tool_call, reason, usage, notes, beside, logprobs, _ = before
    its_index, words, call, its_reason, its_usage, its_notes, more_beside, chances, more = chunk
    if words or call or more_beside or chances or its_notes or usage is not None:
        return None
    if its_reason and (reason or its_index != index):
        return None
    return _new(Chunk, (index, text, tool_call, reason or its_reason, its_usage, notes, beside, logprobs, more))


def _only_error(answer: Any) -> Json | None:
    """What went wrong, as Gemini's API says it in a list; None for anything else that is no object."""
    first = answer[0] if isinstance(answer, list) and answer else None
    return first if isinstance(first, dict) and first.get("error") else None


def _word(detail: object) -> str:
    return str(detail) if isinstance(detail, str | int) else type(detail).__name__


def strange_shape() -> ProviderError:
    """What is said where an answer is JSON, but not as the API has it."""
    return ProviderError("unavailable", "the backend answered in a shape of its own", code="strange_shape")
