"""The provider that all stubs share: a voice and settings in, chunks out.

Invariant: it raises only ProviderError, keeps nothing between calls, and starts no task.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import chain

from providers.stub.answer import Answer, Subject, answers, subject
from providers.stub.faults import failure, fault_for
from providers.stub.non_text import non_text
from providers.stub.pace import Pace
from providers.stub.settings import Settings
from providers.stub.voice import Script, Voice
from providers.stub.words import flow
from providers.upstream.dialect import unsent
from router.types import Call, ChatRequest, Chunk, ToolCallPiece


class Stub:
    """A provider without a model."""

    def __init__(self, voice: Voice, settings: Settings) -> None:
        self._scripts = {False: Script(voice.english), True: Script(voice.korean)}
        self._settings = settings

    async def stream(self, call: Call) -> AsyncIterator[Chunk]:
        """The answer's chunks, one for each choice unless the request asks for a stream."""
        about = subject(call, self._scripts, self._settings)
        if self._settings.faults.rate or self._settings.latency:
            async for chunk in self._troubled(about):
                yield chunk
            return
        if type(call.request) is not ChatRequest:
            for chunk in non_text(call):
                yield chunk
                # Vectors and sounds take their time: others get a turn in between.
                await asyncio.sleep(0)
            return
        for chunk in _chunks(about):
            yield chunk

    async def _troubled(self, about: Subject) -> AsyncIterator[Chunk]:
        """The same chunks, at the model's pace and with the faults that were asked for."""
        call, faults = about.call, self._settings.faults
        fault = fault_for(faults, call.model.id, about.prompt_mark, call.request.seed)
        if fault and not faults.after_chunks:
            raise failure(call.model.id, fault)
        pace = Pace(call.model.speed, self._settings)
        chunks = list(_chunks(about))
        last = min(faults.after_chunks, len(chunks) - 1) if fault else len(chunks)
        for chunk in chunks[:last]:
            await pace.wait(chunk, call.request.choices)
            yield chunk
        if fault:
            raise failure(call.model.id, fault)


def _chunks(about: Subject) -> Iterable[Chunk]:
    """Every choice in turn."""
    if type(about.call.request) is not ChatRequest:
        return non_text(about.call)
    numbered = enumerate(answers(about))
    if about.call.request.stream:
        return _noted(chain.from_iterable(_streamed(index, answer) for index, answer in numbered), about.call)
    return _noted([_whole(index, answer) for index, answer in numbered], about.call)


def _noted(chunks: Iterable[Chunk], call: Call) -> Iterable[Chunk]:
    """The same chunks; the first notes what a stub ignores, if there is anything."""
    notes = tuple(dict.fromkeys(unsent(call.request)))
    if not notes:
        return chunks
    first, *others = chunks
    return [first._replace(notes=notes), *others]


def _whole(index: int, answer: Answer) -> Chunk:
    if not answer.tool:
        return Chunk(index, answer.text, finish_reason=answer.finish, beside=answer.beside)
    piece = ToolCallPiece(0, answer.tool_id, answer.tool, answer.text)
    return Chunk(index, tool_call=piece, finish_reason=answer.finish)


def _streamed(index: int, answer: Answer) -> Iterator[Chunk]:
    if answer.tool:
        yield Chunk(index, tool_call=ToolCallPiece(0, answer.tool_id, answer.tool))
    for piece in flow(answer.text):
        yield Chunk(index, tool_call=ToolCallPiece(0, arguments=piece)) if answer.tool else Chunk(index, piece)
    yield Chunk(index, finish_reason=answer.finish, beside=answer.beside)
