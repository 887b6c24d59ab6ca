"""Bodies of every surface, and values of every kind that JSON can hold, and some that it can't."""

import json
from typing import Any

from hypothesis import strategies as st

TURN = [{"role": "user", "content": "How are you?"}]
BODIES: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"model": "gpt-5", "messages": TURN},
    "/v1/responses": {"model": "gpt-5", "input": "How are you?"},
    "/v1/messages": {"model": "gpt-5", "max_tokens": 100, "messages": TURN},
    "/v1/embeddings": {"model": "text-embedding-3-small", "input": ["one", "two"]},
    "/v1/audio/speech": {"model": "mai-voice-1", "input": "Trains leave at nine."},
}
NUMBERS = (
    st.integers(-3, 10)
    | st.sampled_from([2**31 - 1, 2**31, 2**53, 2**63 - 1, 2**63, 2**64, -(2**63) - 1, 10**20, 10**400, -(10**30)])
    | st.floats()
)
TEXTS = st.text(max_size=8) | st.sampled_from(["", "\0", "\ud800", "x" * 5_000, "\x1f\x1e", "ok", "1", "stop"])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
_NAMES = """
max_tokens max_completion_tokens max_output_tokens n stream stop seed temperature top_p top_k user metadata fungible
logit_bias logprobs top_logprobs reasoning_effort reasoning verbosity service_tier store modalities audio prediction
web_search_options best_of min_tokens max_new_tokens provider models route transforms extra extra_body anthropic
thinking cache_control output_config betas tools tool_choice response_format stream_options instructions dimensions
encoding_format voice speed stream_format messages input system stop_sequences
"""
NAMES = st.sampled_from(_NAMES.split())


def written(value: Any) -> bytes:
    """JSON as Python's own writer has it: with numbers of any size, NaN, and halves of surrogates."""
    return json.dumps(value).encode()


@st.composite
def asked(draw: st.DrawFn) -> tuple[str, bytes]:
    """A path, and a body for it that need not be one."""
    path = draw(st.sampled_from(sorted(BODIES)))
    more = draw(st.dictionaries(NAMES, VALUES, max_size=3))
    if draw(st.booleans()):
        more["stream"] = True
    return path, written(BODIES[path] | more)
