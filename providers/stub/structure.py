"""Answers that are JSON: arguments of a tool, and documents of a given form.

Invariant: what is written validates against the schema that was given, or ProviderError("rejected") names the place.
"""

import json
from collections.abc import Mapping
from typing import Any

from providers.stub.schema import Unsatisfiable, Writer, instance
from providers.stub.words import keywords, printable
from router.errors import ProviderError
from router.types import FunctionSpec, ResponseFormat

_MOST_WORDS = 12


def arguments(spec: FunctionSpec, word: str, prompt: str) -> str:
    """The arguments of a call, as JSON text; always an object."""
    schema = {"type": "object", **(spec.parameters or {})}
    return _text(schema, _writer(word, "", prompt), f"function `{spec.name}`")


def document(form: ResponseFormat | None, says: str, word: str, prompt: str, index: int) -> str:
    """The answer in the form that was asked for, as JSON text."""
    given = form.json_schema if form else None
    if given is None or given.schema is None:
        return _plain(says, word, index)
    return _text(given.schema, _writer(word, says, prompt, index), f"response_format `{given.name}`")


def _plain(says: str, word: str, index: int) -> str:
    members: dict[str, Any] = {"answer": word, "note": says}
    return json.dumps({**members, "version": index + 1} if index else members, ensure_ascii=False)


def _writer(word: str, says: str, prompt: str, index: int = 0) -> Writer:
    """Free text: the check word with what the stub is, or with the prompt's own words."""
    words = list(dict.fromkeys(keywords(prompt[:1_000])))[:_MOST_WORDS]
    statement = says or " ".join(words[:3]) or "stub"
    return Writer(word, f"{statement} ({index + 1})" if index else statement, words)


def _text(schema: Mapping[str, Any], writer: Writer, owner: str) -> str:
    try:
        return printable(json.dumps(instance(schema, writer), ensure_ascii=False))
    except Unsatisfiable as error:
        raise ProviderError("rejected", f"{owner}: {printable(str(error))}", code="response_format") from None
