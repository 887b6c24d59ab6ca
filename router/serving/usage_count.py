"""What a call used, where the backend did not say.

Invariant: a count is exact where nothing is attached, the family's vocabulary is here and the text has no more than
`MOST_EXACT` characters, else it is called an estimate. What a backend says is believed only where it can be true.
"""

from collections.abc import Iterable

from router import tokens
from router.decision.counts.attachments import attached_tokens
from router.decision.features import MORE_SAMPLES, MOST_EXACT, estimate, fixed_tokens, input_text
from router.tokens import REFERENCE, bill, scaled
from router.types import ChatRequest, Chunk, EmbeddingRequest, Features, Model, Tokenizer, Usage
from router.types.chat import MOST_TOKENS

_WHOLE = {int}
# A backend's tokens may be other tokens than the catalog's sizes count, but not so many more.
MOST_CONTEXTS = 2


def count_usage(request: ChatRequest, features: Features, tokenizer: Tokenizer, output: Iterable[str]) -> Usage:
    """Count the request and the pieces of its answer as the model that served would."""
    language = features.language
    if isinstance(request, EmbeddingRequest):
        counted = [_bill(message.text, tokenizer, language) for message in request.messages]
        taken, sure = sum(count for count, _ in counted), all(exact for _, exact in counted)
    elif features.input_tokens_error == 0 and tokenizer.encoding == REFERENCE:
        taken, sure = scaled(features.input_tokens, tokenizer, language), tokenizer.exact
    else:
        taken, sure = _bill(input_text(request), tokenizer, language)
        attached = attached_tokens(request)
        taken, sure = taken + fixed_tokens(request) + attached, sure and not attached
    given, exact = _bill("".join(output), tokenizer, language)
    return Usage(taken, given, 0, "exact" if exact and sure else "estimate")


def _bill(text: str, tokenizer: Tokenizer, language: str) -> tuple[int, bool]:
    """Tokens to charge for a text, and whether the count is exact; that of a very long one is estimated."""
    if len(text) <= MOST_EXACT:
        return bill(text, tokenizer, language)
    name = tokenizer.encoding if tokenizer.exact else REFERENCE
    count, _ = estimate(text, lambda sample: tokens.count(sample, name), MORE_SAMPLES)
    return scaled(count, tokenizer, language), False


def texts(chunks: Iterable[Chunk]) -> list[str]:
    """All that was said, in the order in which it came."""
    return [
        chunk.text
        + ((piece.name or "") + piece.arguments if (piece := chunk.tool_call) else "")
        + ("".join(word for word in chunk.beside.values() if isinstance(word, str)) if chunk.beside else "")
        for chunk in chunks
    ]


def expected_usage(features: Features, tokenizer: Tokenizer) -> Usage:
    """What a call was expected to use, for an answer that can't be counted."""
    taken = scaled(features.input_tokens, tokenizer, features.language)
    given = min(features.output_tokens, features.output_limit or features.output_tokens) * features.choices
    return Usage(taken, scaled(given, tokenizer, features.language), 0, "estimate")


def credible(usage: Usage, model: Model, choices: int) -> bool:
    """Whether a backend can have used so many tokens: whole numbers, none negative, parts no more than their whole."""
    counts = _counts(usage)
    if {*map(type, counts)} != _WHOLE:
        return False
    most = min(MOST_CONTEXTS * model.context, MOST_TOKENS)
    special = usage.cached_input_tokens + usage.cache_write_tokens
    parts = special <= usage.input_tokens and usage.reasoning_tokens <= usage.output_tokens and min(counts) >= 0
    return parts and usage.input_tokens <= most and usage.output_tokens <= most * choices


def _counts(usage: Usage) -> tuple[int, ...]:
    return (
        usage.input_tokens,
        usage.output_tokens,
        usage.cached_input_tokens,
        usage.reasoning_tokens,
        usage.cache_write_5m_tokens,
        usage.cache_write_1h_tokens,
    )
