"""From a request to the features that decide: what is asked, how hard, how long, and what it needs.

Invariant: the text that is read is bounded, so that the time is too. A reader sees at most `HEAD` characters of the
beginning and `TAIL` of the end of each part; a long text's tokens are estimated from a sample with a stated error,
and counted exactly where the error could change which models can hold it.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from json import dumps
from statistics import mean, stdev

from router.types import (
    Capability,
    ChatRequest,
    EmbeddingRequest,
    Excerpt,
    Features,
    Message,
    Reader,
    Reading,
    SpeechRequest,
)

HARDEST = 20.0
HEAD = 1200
TAIL = 800
EXACT_UP_TO = 8_192
SAMPLES = 24
SAMPLE = 256
# A sample may cut a token in two at either end, however alike the samples are.
LEAST_ERROR = 0.02
TOKENS_A_MESSAGE = 4
TOKENS_AN_IMAGE = 765
# Output budgets of the reader are for an ordinary question; a tool call is short.
TOOL_CALL_TOKENS = 40

CountTokens = Callable[[str], int]


def read(request: ChatRequest, reader: Reader, count_tokens: CountTokens, contexts: Iterable[int] = ()) -> Features:
    """Read a request; `contexts` are the models' context sizes, near which the count must be exact."""
    reading = _without_words(request, reader.read(excerpt(request.messages)))
    tokens, error = measure(request, count_tokens, contexts)
    expected = min(reading.output_tokens, TOOL_CALL_TOKENS) if request.wants_tools else reading.output_tokens
    return Features(
        task=reading.task,
        task_probability=reading.task_probability,
        difficulty=max(-HARDEST, min(HARDEST, reading.difficulty)),
        difficulty_error=reading.difficulty_error,
        language=reading.language,
        input_tokens=tokens,
        input_tokens_error=error,
        output_tokens=expected,
        output_limit=request.output_limit or 0,
        choices=request.choices,
        needs=needs(request),
        traits=reading.traits,
    )


def _without_words(request: ChatRequest, reading: Reading) -> Reading:
    """What is read of a text that nobody answers in words: guards may look at it, but it is neither easy nor hard.

    So a policy chooses the same model for all texts of a kind: vectors of two models can't be compared.
    """
    if isinstance(request, EmbeddingRequest):
        return replace(reading, difficulty=0.0, difficulty_error=0.0, output_tokens=0, traits=())
    if isinstance(request, SpeechRequest):
        return Reading("speech", 1.0, 0.0, 0.0, reading.language, 0)
    return reading


def excerpt(messages: tuple[Message, ...]) -> Excerpt:
    """The bounded part of a conversation that a reader reads."""
    last, earlier, system = "", [], []
    for message in reversed(messages):
        if message.role in ("system", "developer"):
            system.append(message.text)
        elif message.role == "user" and not last:
            last = message.text
        else:
            earlier.append(message.text)
    before = "\n".join(bounded(text) for text in reversed(earlier[:6]))
    characters = len(last) + sum(map(len, earlier)) + sum(map(len, system))
    return Excerpt(bounded(last), bounded(before), bounded("\n".join(reversed(system))), characters)


def bounded(text: str) -> str:
    """The text, or its head and tail with a line between."""
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]}\n{text[-TAIL:]}"


def measure(request: ChatRequest, count_tokens: CountTokens, contexts: Iterable[int]) -> tuple[int, float]:
    """Input tokens in the reference encoding, with the relative error of the count."""
    fixed, text = fixed_tokens(request), input_text(request)
    if len(text) <= EXACT_UP_TO:
        return fixed + count_tokens(text), 0.0
    estimate, error = _estimate(text, count_tokens)
    if any(_undecided(estimate, error, context) for context in contexts):
        return fixed + count_tokens(text), 0.0
    return fixed + estimate, error


def input_text(request: ChatRequest) -> str:
    """All the words that a backend reads as input: the messages, their tool calls, the tools, the answer's schema."""
    texts = [message.text for message in request.messages]
    for message in request.messages:
        texts.extend(f"{call.function.name} {call.function.arguments}" for call in message.tool_calls or ())
    for tool in request.tools or ():
        spec = tool.function
        texts.append(f"{spec.name} {spec.description or ''} {dumps(spec.parameters or {})}")
    if request.response_format and request.response_format.json_schema:
        texts.append(dumps(request.response_format.json_schema.schema or {}))
    return "\n".join(texts)


def fixed_tokens(request: ChatRequest) -> int:
    """Tokens that are not words: the frame of each message, and images at a flat rate; a bare text has neither."""
    if isinstance(request, EmbeddingRequest | SpeechRequest):
        return 0
    return TOKENS_A_MESSAGE * len(request.messages) + TOKENS_AN_IMAGE * _images(request.messages)


def needs(request: ChatRequest) -> tuple[Capability, ...]:
    """What a model must be able to do to answer."""
    if isinstance(request, EmbeddingRequest):
        return ("embeddings",)
    if isinstance(request, SpeechRequest):
        return ("speech",)
    parts = {
        part.type for message in request.messages if isinstance(message.content, tuple) for part in message.content
    }
    found: tuple[tuple[bool, Capability], ...] = (
        (request.wants_tools, "tools"),
        (request.wants_json, "json"),
        ("image_url" in parts, "vision"),
        ("input_audio" in parts, "audio"),
    )
    return tuple(need for needed, need in found if needed)


def _estimate(text: str, count_tokens: CountTokens) -> tuple[int, float]:
    """Tokens from evenly spread samples, with three standard errors of their mean as the relative error."""
    step = len(text) // SAMPLES
    counts = [count_tokens(text[start : start + SAMPLE]) for start in range(0, step * SAMPLES, step)]
    average = mean(counts)
    return round(average * len(text) / SAMPLE), max(LEAST_ERROR, 3 * stdev(counts) / (average * SAMPLES**0.5))


def _undecided(estimate: int, error: float, context: int) -> bool:
    # Families count between 0.9 and 1.7 times the reference, and the answer needs room too.
    return estimate * (1 - error) * 0.9 <= context <= estimate * (1 + error) * 2


def _images(messages: tuple[Message, ...]) -> int:
    return sum(
        part.type == "image_url"
        for message in messages
        if isinstance(message.content, tuple)
        for part in message.content
    )
