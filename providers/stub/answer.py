"""What a stub says to one request, before it is cut into chunks.

Invariant: the same model, prompt, seed and index give the same answer, and no answer costs more than its limit.
"""

from collections.abc import Mapping
from typing import NamedTuple

from providers.stub.settings import Settings
from providers.stub.skill import chance, draw, mark, prompt_of, stated_word
from providers.stub.structure import arguments, document
from providers.stub.tools import chosen_tool, tool_result
from providers.stub.voice import Script, opening
from providers.stub.words import cost, cut, printable
from router.types import Call, FinishReason, FunctionSpec

_RESULT_CHARACTERS = 200


class Subject(NamedTuple):
    """What all answers to one call share; `own` is the number that this model drew for this prompt."""

    call: Call
    script: Script
    prompt: str
    prompt_mark: str
    own: int
    word: str
    limit: int


class Answer(NamedTuple):
    """One choice: text, or the arguments of a call of `tool`; `stop` is the client's stop that ended it."""

    text: str
    finish: FinishReason
    tool: str = ""
    tool_id: str = ""
    stop: str = ""

    @property
    def beside(self) -> dict[str, str] | None:
        """What its end says beside the reason."""
        return {"stop_sequence": self.stop} if self.stop else None


def subject(call: Call, scripts: Mapping[bool, Script], settings: Settings) -> Subject:
    """Read the call once."""
    prompt = prompt_of(call.request)
    prompt_mark = mark(prompt)
    own = draw(call.model.id, prompt_mark)
    word = stated_word(own, prompt_mark, chance(call, settings.skill))
    limit = min(call.request.output_limit or call.model.max_output, call.model.max_output)
    return Subject(call, scripts[call.features.language == "ko"], prompt, prompt_mark, own, word, limit)


def answers(about: Subject) -> list[Answer]:
    """All choices of the call."""
    spec = chosen_tool(about.call.request)
    if spec is not None:
        return [_tool_call(about, spec, index) for index in range(about.call.request.choices)]
    write = _json if about.call.request.wants_json else _prose
    return [write(about, index) for index in range(about.call.request.choices)]


def _tool_call(about: Subject, spec: FunctionSpec, index: int) -> Answer:
    text = arguments(spec, about.word, about.prompt)
    kept = _within(text, about.limit)
    drawn = draw("call", about.call.model.id, about.prompt_mark, str(about.call.request.seed), str(index))
    digits = f"{drawn:032x}"[:24]
    return Answer(kept, "tool_calls" if kept == text else "length", spec.name, f"call_{digits}")


def _json(about: Subject, index: int) -> Answer:
    says, _, _ = opening(about.script.lines, about.call.model.name)
    text = document(about.call.request.response_format, says, about.word, about.prompt, index)
    return _ended(about, text, cost(text))


def _prose(about: Subject, index: int) -> Answer:
    """What this is, the check word, and as many sentences as the expected length has room for."""
    script, call = about.script, about.call
    head, head_cost, size = opening(script.lines, call.model.name)
    lead, lead_cost = script.answer(about.word)
    note = _note(about, index)
    size += len(lead.encode()) + len(note)
    aim = call.features.output_tokens * call.model.verbosity - size / script.lines.bytes_per_token
    body, body_cost = script.body((about.own + (call.request.seed or 0) + index) % script.sentences, aim)
    spent = head_cost + lead_cost + body_cost + (cost(note) if note else 0)
    return _ended(about, f"{head} {lead}{note}{body}".rstrip(), spent)


def _note(about: Subject, index: int) -> str:
    """What only some answers say: which one of several this is, and what a tool returned."""
    lines = about.script.lines
    number = lines.again.replace("{number}", str(index + 1)) + " " if index else ""
    result = tool_result(about.call.request)
    if result is None:
        return number
    return number + lines.tool.replace("{result}", printable(result[:_RESULT_CHARACTERS])) + "\n"


def _within(text: str, limit: int) -> str:
    """The text as far as the limit lets it; a byte is never more than a token."""
    return text if len(text) * 4 <= limit else cut(text, limit)


def _ended(about: Subject, text: str, spent: int) -> Answer:
    """The text up to its limit or its first stop, whichever comes first."""
    kept = text if spent <= about.limit else cut(text, about.limit)
    finish: FinishReason = "stop" if kept == text else "length"
    if about.call.request.stop is None:
        return Answer(kept, finish)
    places = [(place, stop) for stop in about.call.request.stops if (place := kept.find(stop)) >= 0]
    if not places:
        return Answer(kept, finish)
    place, stop = min(places)
    return Answer(kept[:place], "stop", stop=stop)
