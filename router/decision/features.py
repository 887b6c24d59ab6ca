"""From a request to the features that decide: what is asked, how hard, how long, and what it needs.

Invariant: the text that is read is bounded, so that the time is too. A reader sees at most `HEAD` characters of the
beginning and `TAIL` of the end of each part; a long text's tokens are estimated from a sample with a stated error,
and counted exactly where the error could change which models can hold it, up to `MOST_EXACT` characters. Files, sound
and video are estimated from their bytes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from json import dumps
from math import ceil, sqrt
from typing import Any

from router.decision.counts.attachments import ERROR, attached_tokens
from router.decision.counts.named_phrases import NONE, said_in
from router.types import (
    Capability,
    ChatRequest,
    EmbeddingRequest,
    Excerpt,
    Features,
    Message,
    Part,
    Reader,
    Reading,
    SpeechRequest,
)
from router.types.chat import ANTHROPIC

HARDEST = 20.0
HEAD = 1200
TAIL = 800
# The engine takes about 25 µs for a thousand characters: past this, a sample tells as much for a decision.
EXACT_UP_TO = 2_048
MOST_EXACT = 1_000_000
EARLIER_TURNS = 6
# Of a text up to `LONG` characters, of a longer one, and where much hangs on it.
FEW_SAMPLES, SAMPLES, MORE_SAMPLES = 8, 24, 192
LONG = 8_192
SAMPLE = 256
# A sample may cut a token in two at either end, however alike the samples are.
LEAST_ERROR = 0.02
TOKENS_A_MESSAGE = 4
TOKENS_AN_IMAGE = 765
# Output budgets of the reader are for an ordinary question; a tool call is short.
TOOL_CALL_TOKENS = 40
# Words of a block that are looked for in the text of its part; of a block that has more, all are counted.
MOST_COMPARED = 32
_WORDLESS = (EmbeddingRequest, SpeechRequest)
_MARKS = frozenset({"cache_control", "media_type", "type"})

CountTokens = Callable[[str], int]


def read(
    request: ChatRequest,
    reader: Reader,
    count_tokens: CountTokens,
    contexts: Iterable[int] = (),
    phrases: Mapping[str, tuple[str, ...]] = NONE,
) -> Features:
    """Read a request; `contexts` are the models' context sizes, near which the count must be exact.

    `phrases` are those of the configuration, which are looked up in all the words that a backend reads.
    """
    reading = _without_words(request, reader.read(excerpt(request.messages)))
    tokens, error = measure(request, count_tokens, contexts)
    attached = attached_tokens(request)
    return Features(
        task=reading.task,
        task_probability=reading.task_probability,
        difficulty=max(-HARDEST, min(HARDEST, reading.difficulty)),
        difficulty_error=reading.difficulty_error,
        language=reading.language,
        input_tokens=tokens + attached,
        input_tokens_error=(tokens * error + attached * ERROR) / (tokens + attached) if attached else error,
        output_tokens=_expected_output(request, reading),
        output_limit=request.output_limit or 0,
        choices=request.choices,
        needs=needs(request),
        traits=reading.traits,
        stakes=reading.stakes,
        attached_tokens=attached,
        temperature=request.temperature,
        effort=request.reasoning_effort,
        says=said_in(input_text(request), phrases) if phrases else (),
    )


def _expected_output(request: ChatRequest, reading: Reading) -> int:
    """The reader's, or those of a tool call where one must come; where one may come, halfway between."""
    call = min(reading.output_tokens, TOOL_CALL_TOKENS)
    if not request.wants_tools:
        return reading.output_tokens
    return (call + reading.output_tokens) // 2 if request.tool_choice in (None, "auto") else call


def _without_words(request: ChatRequest, reading: Reading) -> Reading:
    """What is read of a text that nobody answers in words: guards may look at it, but it is neither easy nor hard.

    An answer without words can't be wrong in a way that costs a person anything.

    So a policy chooses the same model for all texts of a kind: vectors of two models can't be compared.
    """
    if isinstance(request, EmbeddingRequest):
        return replace(reading, difficulty=0.0, difficulty_error=0.0, output_tokens=0, traits=(), stakes="ordinary")
    if isinstance(request, SpeechRequest):
        return Reading("speech", 1.0, 0.0, 0.0, reading.language, 0)
    return reading


def excerpt(messages: tuple[Message, ...]) -> Excerpt:
    """The bounded part of a conversation that a reader reads."""
    if len(messages) == 1 and messages[0].role == "user":
        text = messages[0].text
        return Excerpt(bounded(text), "", "", len(text))
    last = ""
    earlier: list[str] = []
    system: list[str] = []
    asked: list[str] = []
    for message in reversed(messages):
        if message.role in ("system", "developer"):
            system.append(message.text)
        elif message.role == "user" and not last:
            last = message.text
        else:
            earlier.append(message.text)
            if message.role == "user" and len(asked) < EARLIER_TURNS:
                asked.append(bounded(message.text))
    before = "\n".join(bounded(text) for text in reversed(earlier[:EARLIER_TURNS]))
    characters = len(last) + sum(map(len, earlier)) + sum(map(len, system))
    whole = bounded("\n".join(reversed(system)))
    return Excerpt(bounded(last), bounded(before), whole, characters, "\n".join(reversed(asked)))


def bounded(text: str) -> str:
    """The text, or its head and tail with a line between."""
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]}\n{text[-TAIL:]}"


def measure(request: ChatRequest, count_tokens: CountTokens, contexts: Iterable[int]) -> tuple[int, float]:
    """Input tokens of all but what is attached, in the reference encoding, with the relative error of the count."""
    fixed, text = fixed_tokens(request), input_text(request)
    if len(text) <= EXACT_UP_TO:
        return fixed + count_tokens(text), 0.0
    tokens, error = estimate(text, count_tokens, FEW_SAMPLES if len(text) <= LONG else SAMPLES)
    if any(_undecided(tokens, error, context) for context in contexts):
        if len(text) <= MOST_EXACT:
            return fixed + count_tokens(text), 0.0
        # To count it all would cost more than it decides: a closer look, and its upper end.
        tokens, error = estimate(text, count_tokens, MORE_SAMPLES)
        tokens = ceil(tokens * (1 + error))
    return fixed + tokens, error


def input_text(request: ChatRequest) -> str:
    """All the words that a backend reads as input: the messages, their tool calls, the tools, the answer's schema.

    Whatever stands beside a message's words, such as a refusal or a thought, is counted too: it may be sent on.
    """
    texts = [message.text for message in request.messages]
    for message in request.messages:
        if message.tool_calls:
            texts.extend([f"{call.function.name} {call.function.arguments}" for call in message.tool_calls])
        if message.name or message.extra or isinstance(message.content, tuple):
            texts.extend(_beside(message))
    for tool in request.tools or ():
        spec = tool.function
        texts.append(f"{spec.name} {spec.description or ''} {dumps(spec.parameters or {})}")
        texts.extend(_words({name: value for name, value in _special(tool.extra).items() if name not in _MARKS}))
    if request.response_format and request.response_format.json_schema:
        form = request.response_format.json_schema
        texts.append(f"{dumps(form.schema or {})} {form.description or ''}".rstrip())
    return "\n".join(texts)


def _beside(message: Message) -> Iterator[str]:
    """The words of a message beside its text: who speaks, refusals, and what no field of ours is for."""
    if message.name:
        yield message.name
    if message.extra:
        yield from _words({name: value for name, value in message.extra.items() if name != ANTHROPIC})
        yield from _thoughts(_special(message.extra))
    if isinstance(message.content, tuple):
        for part in message.content:
            if part.refusal:
                yield part.refusal
            if part.extra:
                yield from _words(_cited(part))
                yield from _unsaid(part)


def _special(extra: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """What one API alone has words for."""
    words = (extra or {}).get(ANTHROPIC)
    return words if isinstance(words, Mapping) else {}


def _thoughts(special: Mapping[str, Any]) -> Iterator[str]:
    """What a model thought in a turn and has signed; of the rest of it there are marks alone."""
    for blocks in (special.get("order"), special.get("thinking")):
        for block in blocks if isinstance(blocks, list | tuple) else ():
            if isinstance(block, Mapping) and isinstance(words := block.get("thinking"), str):
                yield words


def _cited(part: Part) -> object:
    """What a text cites, in words that only one API has."""
    return _special(part.extra).get("citations") or (part.extra or {}).get("citations")


def _unsaid(part: Part) -> Iterator[str]:
    """The words of a block that is kept whole, but for those that its part says."""
    block, said = _special(part.extra).get("block"), part.text or ""
    words = list(_words(block, _MARKS)) if isinstance(block, Mapping) else []
    if len(words) > MOST_COMPARED or sum(map(len, words)) > len(said):
        yield from words
    else:
        yield from (word for word in words if word not in said)


def _words(value: object, marks: frozenset[str] = frozenset()) -> Iterator[str]:
    """Every text in it, however deep; with `marks` but for what is called so, and for the bytes of files."""
    left = [value]
    while left:
        value = left.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            skipped = marks | {"data"} if marks and value.get("type") == "base64" else marks
            left += [item for name, item in value.items() if name not in skipped]
        elif isinstance(value, list | tuple):
            left += value


def fixed_tokens(request: ChatRequest) -> int:
    """Tokens that are not words: the frame of each message, and images at a flat rate; a bare text has neither."""
    if isinstance(request, _WORDLESS):
        return 0
    images = [part.type for parts in _parts(request.messages) for part in parts].count("image_url")
    return TOKENS_A_MESSAGE * len(request.messages) + TOKENS_AN_IMAGE * images


def needs(request: ChatRequest) -> tuple[Capability, ...]:
    """What a model must be able to do to answer."""
    if isinstance(request, EmbeddingRequest):
        return ("embeddings",)
    if isinstance(request, SpeechRequest):
        return ("speech",)
    several = _parts(request.messages)
    if not (several or request.tools or request.response_format):
        return ()
    parts = {part.type for parts in several for part in parts}
    needed_by: tuple[tuple[bool, Capability], ...] = (
        (request.wants_tools, "tools"),
        (request.wants_json, "json"),
        ("image_url" in parts, "vision"),
        ("input_audio" in parts, "audio"),
        ("file" in parts, "files"),
    )
    return tuple(need for needed, need in needed_by if needed)


def estimate(text: str, count_tokens: CountTokens, samples: int = SAMPLES) -> tuple[int, float]:
    """Tokens from evenly spread samples, with three standard errors of their mean as the relative error."""
    step = len(text) // samples
    counts = [count_tokens(text[start : start + SAMPLE]) for start in range(0, step * samples, step)]
    # In plain sums: the standard library's mean and deviation of a few numbers cost as much as counting them.
    average = sum(counts) / samples
    deviation = sqrt(sum([(count - average) ** 2 for count in counts]) / (samples - 1))
    return round(average * len(text) / SAMPLE), max(LEAST_ERROR, 3 * deviation / (average * samples**0.5))


def _undecided(tokens: int, error: float, context: int) -> bool:
    # Families count between 0.9 and 1.7 times the reference, and the answer needs room too.
    return tokens * (1 - error) * 0.9 <= context <= tokens * (1 + error) * 2


def _parts(messages: tuple[Message, ...]) -> Sequence[tuple[Part, ...]]:
    """The parts of those messages that are more than a text."""
    for message in messages:
        if isinstance(message.content, tuple):
            return [each.content for each in messages if isinstance(each.content, tuple)]
    return ()
