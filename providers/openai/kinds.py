"""The kinds of backend that speak OpenAI's API: what each is allowed to be sent, and its name for the limit on output.

Invariant: nothing here makes more answers, longer ones or dearer ones than `n` and the limit say, lets a backend choose
another model, or has a price of its own, as tiers, searches, predictions and sounds have.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from providers.upstream.allowed import Allowed, names

KindName = Literal["compatible", "openai", "azure", "vllm", "llama.cpp", "openrouter"]

_CHAT = {
    **names(
        "max_tokens max_completion_tokens n stop seed temperature top_p tools tool_choice parallel_tool_calls",
        "response_format user metadata frequency_penalty presence_penalty logit_bias logprobs top_logprobs",
        "reasoning_effort verbosity store prompt_cache_key safety_identifier",
    ),
    # Sound has a price that no row has.
    "modalities": frozenset({"text"}),
}
_SAMPLING = names("top_k min_p repetition_penalty")
_TEMPLATE = {"chat_template_kwargs": frozenset({"enable_thinking", "thinking"})}
_VLLM = names(
    "stop_token_ids bad_words skip_special_tokens spaces_between_special_tokens include_stop_str_in_output",
    "guided_json guided_regex guided_choice guided_grammar structured_outputs include_reasoning",
)
_LLAMA_CPP = names(
    "typical_p repeat_penalty repeat_last_n mirostat mirostat_tau mirostat_eta dry_multiplier dry_base",
    "dry_allowed_length dry_penalty_last_n xtc_probability xtc_threshold dynatemp_range dynatemp_exponent samplers",
    "grammar json_schema cache_prompt reasoning_format",
)
_OPENROUTER = {
    **names("top_a include_reasoning"),
    # Not its `max_tokens`, which may be more than the limit.
    "reasoning": frozenset({"effort", "enabled", "exclude"}),
}
# These words are counted as input, so that they are held for.
_MESSAGES = frozenset({"refusal", "function_call"})
_THOUGHTS = frozenset({"reasoning_content", "reasoning"})
# What a backend signed its thoughts with beside a call, and must have back.
_SIGNED = frozenset({"extra_content"})
_CACHES = frozenset({"cache_control"})

_VECTORS, _SPEECH = Allowed(names("user input_type")), Allowed(names("user language"))


@dataclass(frozen=True, slots=True)
class Kind:
    """What a backend of this kind is sent. `limit` is the only name that it knows for the limit, where it has one."""

    chat: Allowed
    limit: Literal["max_tokens"] | None = None
    embeddings: Allowed = _VECTORS
    speech: Allowed = _SPEECH


_STRICT = Kind(Allowed(_CHAT, _MESSAGES), embeddings=Allowed(names("user")), speech=Allowed(names("user")))
KINDS: Mapping[KindName, Kind] = {
    "compatible": Kind(Allowed({**_CHAT, **_SAMPLING, **_TEMPLATE}, _MESSAGES | _THOUGHTS, calls=_SIGNED)),
    "openai": _STRICT,
    "azure": _STRICT,
    "vllm": Kind(
        Allowed({**_CHAT, **_SAMPLING, **_TEMPLATE, **_VLLM}, _MESSAGES | _THOUGHTS, calls=_SIGNED), "max_tokens"
    ),
    "llama.cpp": Kind(
        Allowed({**_CHAT, **_SAMPLING, **_TEMPLATE, **_LLAMA_CPP}, _MESSAGES | _THOUGHTS, calls=_SIGNED), "max_tokens"
    ),
    "openrouter": Kind(
        Allowed(
            {**_CHAT, **_SAMPLING, **_OPENROUTER},
            _MESSAGES | _THOUGHTS | _CACHES | {"reasoning_details"},
            parts=_CACHES,
            calls=_SIGNED,
            tools=_CACHES,
        ),
        "max_tokens",
    ),
}
