"""Surface features of a text that need no vocabulary: length, code, formulas, questions, options.

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


# A text without any of these has no symbols to count.
_SYMBOL = re.compile(r"[0-9`$\\{};()+=*^<>_\"“]")
_NO_SYMBOLS = (False, 0.0, False, 0.0, 0.0, 0.0, False, False)


def marks(text: str, words: Sequence[str], rows: int, syllables: int) -> tuple[float, ...]:
    """The marks of a text of these words, with so many rows of the table, and so many Korean syllables."""
    size = len(text)
    lines = text.count("\n")
    options = len(_OPTION.findall(text)) if lines else 0
    code = 0 if _CODE_WORDS.isdisjoint(words) else len(_CODE.findall(text, 0, CODE_WITHIN))
    *before, quotes, underscore = _symbols(text) if _SYMBOL.search(text) else _NO_SYMBOLS
    return (
        log1p(size) / 6,
        log1p(rows) / 5,
        *before,
        text.rstrip().endswith("?"),
        "?" in text,
        min(6, lines) / 6,
        options > 0,
        min(4, code) / 4,
        syllables >= 8 or syllables * 3 > size,
        quotes,
        ":\n" in text or ": " in text,
        underscore,
        size < SHORT,
        min(10, options) / 10,
    )


def _symbols(text: str) -> tuple[float, ...]:
    """Fences, formulas, brackets, digits, operators, quotation marks and underscores."""
    count = text.count
    per_size = 1 / len(text)
    return (
        "```" in text,
        min(3, count("$")) / 3,
        "\\" in text,
        min(1.0, (count("{") + count("}") + count(";") + count("()")) * per_size * 20),
        min(1.0, sum(map(count, _DIGITS)) * per_size * 5),
        min(1.0, sum(map(count, _OPERATORS)) * per_size * 20),
        '"' in text or "“" in text,
        "_" in text,
    )
