"""What is no YAML, as a problem: where, what would be right, and the line as it stands.

Invariant: what is shown of a line, or said of it, has nothing in it that may be a secret.
"""

import re
from dataclasses import replace
from typing import Any

import yaml

from router.config.files.advice import for_refused, for_syntax
from router.errors import ConfigError, Problem

MOST_SHOWN = 160
HIDDEN = "•"
_SECRET_KEY = re.compile(
    r"(?i)(?<![a-z0-9])(?:api[_-]?key|key|token|secret|password|passwd|credentials?|authorization)[\"']?\s*:\s*"
)
_WORD = re.compile(r"[A-Za-z0-9+/=_-]{20,}|(?<=://)[^/@\s]+(?=@)|(?<=\bsk-)\S{8,}|(?<=[Bb]earer )\S+")
_CLOSING = {"flow sequence": "the list with ]", "flow mapping": "the mapping with }"}
_UNENDED = "a quote or a bracket is opened and not closed"
_ADVICE = {
    "could not find expected ':'": "a key is followed by a colon and a space",
    "expected '-' indicator": "begin the line with a dash, as those of its list, or indent it as the key above them",
    "expected node content": "a text that begins with a bracket is written in quotes",
    "unknown escape character": "a text with a \\ in it is written in single quotes",
    "expected alphabetic or numeric": "a text that begins with & or * is written in quotes",
    "unexpected end of stream": _UNENDED,
}


def syntax_fault(name: str, text: str, error: yaml.YAMLError) -> ConfigError:
    """What the parser says of a text, at the place where the person has to look."""
    if isinstance(error, yaml.reader.ReaderError):
        # The parser written in C counts bytes.
        line = text.encode()[: error.position].count(b"\n") + 1
        return ConfigError([Problem(f"{name}:{line}:1", error.reason, code="syntax")])
    problem = getattr(error, "problem", None) or str(error)
    opened: Any = getattr(error, "context_mark", None)
    context = getattr(error, "context", None) or ""
    mark: Any = getattr(error, "problem_mark", None)
    if ("quoted scalar" in context and "end of stream" in problem) or "find expected ':'" in problem:
        # It is noticed lines later, which says nothing of where.
        mark = opened
    if mark is None:
        return ConfigError([Problem(f"{name}:1:1", problem, code="syntax")])
    lines = text.splitlines()
    written, above = _line(lines, mark.line), _line(lines, mark.line - 1)
    unclosed = next((closing for kind, closing in _CLOSING.items() if kind in context), "")
    advice = for_syntax(written, mark.column, problem, above)
    if not advice and unclosed:
        advice = f"close {unclosed}: it begins in line {opened.line + 1}, column {opened.column + 1}"
    advice = advice or _advice(problem, written, mark.column, opened.column if opened else 0)
    shown = _line(lines, opened.line) if unclosed else written if written.strip() else _last(lines, mark.line)
    where = f"{name}:{mark.line + 1}:{mark.column + 1}"
    return ConfigError([Problem(where, problem, f"; {advice}" if advice else "", "syntax", line=shown[:MOST_SHOWN])])


def refused_fault(error: ConfigError, text: str) -> ConfigError:
    """YAML that is no plain one, with what its line says of why."""
    (problem,) = error.problems
    _, line, column = problem.where.rsplit(":", 2)
    written = _line(text.splitlines(), int(line) - 1)
    advice = for_syntax(written, int(column) - 1, "")
    hint = f"; {advice}" if advice else for_refused(problem.sentence)
    return ConfigError([replace(problem, hint=hint, line=written[:MOST_SHOWN])])


def without_secrets(line: str) -> str:
    """A line with a dot for each letter of what may be a key or a password."""
    for match in _SECRET_KEY.finditer(line):
        end = match.end()
        line = line[:end] + re.sub(r"[^\s,}\]\"']", HIDDEN, line[end:])
    return _WORD.sub(_starred, line.rstrip())


def _starred(match: "re.Match[str]") -> str:
    word = match[0]
    before = match.string[: match.start()]
    named = before.endswith(("://", "sk-", "earer "))
    mixed = any(letter.isdigit() for letter in word) and (
        (re.search(r"[A-Z]", word) and re.search(r"[a-z]", word)) or not re.search(r"[-_/]", word)
    )
    return HIDDEN * len(word) if named or mixed or word.startswith("sk-") else word


def _line(lines: list[str], number: int) -> str:
    return without_secrets(lines[number]) if 0 <= number < len(lines) else ""


def _last(lines: list[str], before: int) -> str:
    """The last line before another that has something in it."""
    return next((each for number in range(before - 1, -1, -1) if (each := _line(lines, number)).strip()), "")


def _advice(problem: str, written: str, column: int, begins: int) -> str:
    """For what the line alone does not say: `begins` is the column at which what it is part of begins."""
    if not written.strip():
        return _UNENDED
    if "expected key" not in problem:
        return next((advice for words, advice in _ADVICE.items() if words in problem), "")
    if written[:column].strip():
        return "nothing may follow a closed quote or bracket: write the whole text in quotes"
    return f"indent it by {begins}, as the keys beside it, or deeper if it belongs below the line above"
