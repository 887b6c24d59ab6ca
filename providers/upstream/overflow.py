"""Recognises a refusal for too many tokens, whichever maker's words it comes in.

Invariant: of a backend's sentence only figures come out; where its code says so without any, they are None.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

from router.errors import Overflow

_CODES = frozenset({"context_length_exceeded", "exceed_context_size_error"})
_MOST_READ = 1200
_FIGURE = r"(?P<{}>\d[\d,]{{0,12}})"
_MOST, _TAKEN, _GIVEN = _FIGURE.format("most"), _FIGURE.format("taken"), _FIGURE.format("given")
# The makers' sentences, as their clients look for them too; figures are read where they stand in the middle.
_SENTENCES = tuple(
    re.compile(sentence, re.IGNORECASE)
    for sentence in (
        # Anthropic
        rf"prompt is too long(?:: {_TAKEN} tokens > {_MOST} maximum)?",
        rf"input length and `?max_tokens`? exceed context limit(?:: {_TAKEN} \+ {_GIVEN} > {_MOST})?",
        # OpenAI, Azure, vLLM, OpenRouter, SGLang
        rf"maximum context length is {_MOST}(?: tokens)?.{{0,80}}?requested (?:about )?\d[\d,]{{0,12}}"
        rf".{{0,20}}?\({_TAKEN} [^,]{{0,40}}, {_GIVEN} ",
        rf"maximum context length is {_MOST}(?: tokens)?(?:.{{0,80}}?(?:resulted in|contains|has|requested) "
        rf"(?:at least |about )?{_TAKEN})?",
        rf"longer than the model's context length(?: \({_TAKEN} (?:>|vs\.?) {_MOST})?",
        r"exceeds the context window",
        r"input tokens exceed the configured limit",
        # llama.cpp, Ollama, LM Studio
        rf"(?:request \({_TAKEN} tokens\) )?exceeds the available context size(?: \({_MOST} tokens\))?",
        # Gemini
        rf"input token count (?:\({_TAKEN}\) )?exceeds the maximum number of tokens allowed(?: \({_MOST}\))?",
        # Mistral, DeepSeek and others
        rf"(?:prompt contains {_TAKEN} tokens.{{0,60}}?)?too large for model with {_MOST} maximum context length",
    )
)


def overflow_of(codes: Collection[str], message: str, error: Mapping[str, Any]) -> Overflow | None:
    """By how much a request is too long, where that is what a refusal says."""
    said = next((found for sentence in _SENTENCES if (found := sentence.search(message[:_MOST_READ]))), None)
    if said is None and _CODES.isdisjoint(codes):
        return None
    figures = said.groupdict() if said is not None else {}
    # llama.cpp gives them as fields.
    most = _number(figures.get("most")) or _whole(error.get("n_ctx"))
    taken = _number(figures.get("taken")) or _whole(error.get("n_prompt_tokens"))
    return Overflow(most, taken, _number(figures.get("given")) or 0)


def _number(text: str | None) -> int | None:
    return int(text.replace(",", "")) if text else None


def _whole(value: object) -> int | None:
    return value if type(value) is int and 0 < value < 10**12 else None
