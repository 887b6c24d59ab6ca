"""What a call used, where the backend did not say.

Invariant: a count is exact where the family's vocabulary is here, and is called an estimate where it is not. What a
backend says is believed only where it can be true.
"""

from collections.abc import Iterable

from router.decision.features import fixed_tokens, input_text
from router.tokens import REFERENCE, bill, scaled
from router.types import ChatRequest, EmbeddingRequest, Features, Model, Tokenizer, Usage

# A backend's tokens may be other tokens than the catalog's sizes count, but not so many more.
MOST_CONTEXTS = 2


def count_usage(request: ChatRequest, features: Features, tokenizer: Tokenizer, output: Iterable[str]) -> Usage:
    """Count the request and the pieces of its answer as the model that served would."""
    if isinstance(request, EmbeddingRequest):
        taken = sum(bill(message.text, tokenizer, features.language)[0] for message in request.messages)
    elif features.input_tokens_error == 0 and tokenizer.encoding == REFERENCE:
        taken = scaled(features.input_tokens, tokenizer, features.language)
    else:
        taken = bill(input_text(request), tokenizer, features.language)[0] + fixed_tokens(request)
    given, exact = bill("".join(output), tokenizer, features.language)
    return Usage(taken, given, 0, "exact" if exact else "estimate")


def credible(usage: Usage, model: Model, choices: int) -> bool:
    """Whether a backend can have used so many tokens: none is negative, parts are no more than their whole."""
    most = MOST_CONTEXTS * model.context
    parts = 0 <= usage.cached_input_tokens <= usage.input_tokens and 0 <= usage.reasoning_tokens <= usage.output_tokens
    return parts and usage.input_tokens <= most and usage.output_tokens <= most * choices
