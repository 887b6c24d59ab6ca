"""What a text shows before a word of it is read: length, code, formulas, questions, options.

Invariant: every mark is a number between 0 and about 2, in the order in which the weights were fitted.
"""

import re
from collections.abc import Sequence
from math import log1p

MARKS = 19
CODE_WITHIN = 400
SHORT = 40
_OPTION = re.compile(r"\n\s*\(?[A-J][.)]\s")
_CODE = re.compile(
    r"\b(?:def|class|import|return|function|const|void|public|SELECT|FROM|#include|println|printf|console)\b"
)
# The same words in lower case: a text without any of them need not be searched.
_CODE_WORDS = frozenset(
    [
        "def",
        "class",
        "import",
        "return",
        "function",
        "const",
        "void",
        "public",
        "select",
        "from",
        "include",
        "println",
        "printf",
        "console",
    ]
)
_DIGITS = "0123456789"
_OPERATORS = "+=*^<>"


def marks(text: str, words: Sequence[str], rows: int, syllables: int) -> tuple[float, ...]:
    """The marks of a text of these words, with so many rows of the table, and so many Korean syllables."""
    size = len(text)
    count = text.count
    lines = count("\n")
    options = len(_OPTION.findall(text)) if lines else 0
    code = 0 if _CODE_WORDS.isdisjoint(words) else len(_CODE.findall(text, 0, CODE_WITHIN))
    per_size = 1 / (size or 1)
    return (
        log1p(size) / 6,
        log1p(rows) / 5,
        "```" in text,
        min(3, count("$")) / 3,
        "\\" in text,
        min(1.0, (count("{") + count("}") + count(";") + count("()")) * per_size * 20),
        min(1.0, sum(map(count, _DIGITS)) * per_size * 5),
        min(1.0, sum(map(count, _OPERATORS)) * per_size * 20),
        text.rstrip().endswith("?"),
        "?" in text,
        min(6, lines) / 6,
        options > 0,
        min(4, code) / 4,
        syllables >= 8 or syllables * 3 > size,
        '"' in text or "“" in text,
        ":\n" in text or ": " in text,
        "_" in text,
        size < SHORT,
        min(10, options) / 10,
    )
