"""The provider that all stubs share: a voice and settings in, chunks out.

Invariant: it raises only ProviderError, keeps nothing between calls, and starts no task.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
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

LONG_TOKENS = 8_192
# Of a request that asks for JSON or offers tools.
LONG_SCHEMA_TOKENS = 1_024
# Of a text that becomes a vector or a sound.
LONG_CHARACTERS = 1_024


class Stub:
    """A provider without a model."""

    def __init__(self, voice: Voice, settings: Settings) -> None:
        self._scripts = {False: Script(voice.english), True: Script(voice.korean)}
        self._settings = settings

    async def stream(self, call: Call) -> AsyncIterator[Chunk]:
        """The answer's chunks, one for each choice unless the request asks for a stream."""
        about = await _read(call, self._scripts, self._settings)
        if self._settings.faults.rate or self._settings.latency:
            async for chunk in self._troubled(about):
                yield chunk
            return
        if type(call.request) is not ChatRequest:
            made = non_text(call)
            while (part := await _made(call, made)) is not None:
                yield part
            return
        for chunk in await _said(about):
            yield chunk

    async def _troubled(self, about: Subject) -> AsyncIterator[Chunk]:
        """The same chunks, at the model's pace and with the faults that were asked for."""
        call, faults = about.call, self._settings.faults
        fault = fault_for(faults, call.model.id, about.prompt_mark, call.request.seed)
        if fault and not faults.after_chunks:
            raise failure(call.model.id, fault)
        pace = Pace(call.model.speed, self._settings)
        chunks = list(await _said(about))
        last = min(faults.after_chunks, len(chunks) - 1) if fault else len(chunks)
        for chunk in chunks[:last]:
            await pace.wait(chunk, call.request.choices)
            yield chunk
        if fault:
            raise failure(call.model.id, fault)


async def _made(call: Call, made: Iterator[Chunk]) -> Chunk | None:
    """The next vector or sound: others get a turn in between, and what takes long is made in a thread."""
    if any(len(message.text) > LONG_CHARACTERS for message in call.request.messages):
        return await asyncio.to_thread(_next, made)
    await asyncio.sleep(0)
    return _next(made)


def _next(made: Iterator[Chunk]) -> Chunk | None:
    return next(made, None)


async def _read(call: Call, scripts: Mapping[bool, Script], settings: Settings) -> Subject:
    """Read the call once; a long prompt in a thread, since all of it is hashed."""
    if call.features.input_tokens > LONG_TOKENS:
        return await asyncio.to_thread(subject, call, scripts, settings)
    return subject(call, scripts, settings)


async def _said(about: Subject) -> Iterable[Chunk]:
    """What is said; JSON of a large schema in a thread."""
    request = about.call.request
    made = type(request) is not ChatRequest or request.wants_json or request.tools is not None
    if made and about.call.features.input_tokens > LONG_SCHEMA_TOKENS:
        return await asyncio.to_thread(lambda: list(_chunks(about)))
    return _chunks(about)


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
