"""One thing that is wrong, or likely wrong, in a file.

Invariant: a finding has a place, a stable code, a sentence on what is wrong and a suggestion of what would be right.
"""

from dataclasses import dataclass
from typing import Any, Literal

from router.errors import ConfigError, Problem

Severity = Literal["error", "warning"]
# What to do about a fault that names no nearest right thing.
_ADVICE = {
    "syntax": "Correct the YAML at this place.",
    "missing-key": "Add what is missing.",
    "wrong-value": "Write a value of the kind that is asked for.",
    "taken-name": "Choose another name, or take one of the two out.",
    "extends": "Extend a policy that stands on its own.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """`where` is `file:line:column`; errors keep a file from loading, warnings do not.

    `line` is the line as it stands, where a file can't be read further.
    """

    where: str
    code: str
    severity: Severity
    sentence: str
    suggestion: str
    line: str = ""

    @property
    def place(self) -> tuple[str, int, int]:
        """File, line and column, in the order in which findings are told."""
        file, line, column = self.where.rsplit(":", 2)
        return file, int(line), int(column)

    def to_json(self) -> dict[str, Any]:
        """The finding as plain data, for programs."""
        file, line, column = self.place
        return {
            "file": file,
            "line": line,
            "column": column,
            "code": self.code,
            "severity": self.severity,
            "message": self.sentence,
            "suggestion": self.suggestion,
            **({"text": self.line} if self.line else {}),
        }


def refusals(error: ConfigError) -> tuple[Finding, ...]:
    """The loader's problems as findings."""
    return tuple(sorted(map(_refusal, error.problems), key=lambda finding: finding.place))


def _refusal(problem: Problem) -> Finding:
    hint = problem.hint.strip("; ")
    advice = hint or _ADVICE.get(problem.code, "See docs/policies-reference.md for what may stand here.")
    sentence = _sentence(problem.sentence)
    return Finding(problem.where, problem.code, "error", sentence, _sentence(advice), problem.line)


def _sentence(text: str) -> str:
    """A sentence with a subject, a capital unless it begins with a key, and an end."""
    first = text.split(" ", 1)[0]
    if first in ("is", "cannot"):
        text = f"This {text}"
    elif first.isalpha():
        text = text[0].upper() + text[1:]
    return text if text.endswith((".", "?", "!")) else f"{text}."
