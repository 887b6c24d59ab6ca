"""What a call used, where the backend did not say.

Invariant: a count is exact where the family's vocabulary is here, and is called an estimate where it is not.
"""

from collections.abc import Iterable

from router.features import fixed_tokens, input_text
from router.tokens import REFERENCE, bill, scaled
from router.types import ChatRequest, Features, Tokenizer, Usage


def count_usage(request: ChatRequest, features: Features, tokenizer: Tokenizer, output: Iterable[str]) -> Usage:
    """Count the request and the pieces of its answer as the model that served would."""
    if features.input_tokens_error == 0 and tokenizer.encoding == REFERENCE:
        taken = scaled(features.input_tokens, tokenizer, features.language)
    else:
        taken = bill(input_text(request), tokenizer, features.language)[0] + fixed_tokens(request)
    given, exact = bill("".join(output), tokenizer, features.language)
    return Usage(taken, given, 0, "exact" if exact else "estimate")
