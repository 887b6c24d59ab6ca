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
_DIGITS, _OPERATORS, _BRACES = b"0123456789", b"+=*^<>", b"{};"
_CURLED = "“"
# All bytes but those of the symbols that are counted, of which a text may have none.
_OTHERS = bytes(sorted(set(range(256)).difference(_DIGITS, _OPERATORS, _BRACES, b'`$\\()_"')))
_NO_SYMBOLS = (False, 0.0, False, 0.0, 0.0, 0.0, False, False)


def marks(text: str, words: Sequence[str], rows: int, syllables: int) -> tuple[float, ...]:
    """The marks of a text of these words, with so many rows of the table, and so many Korean syllables."""
    size = len(text)
    lines = text.count("\n")
    options = len(_OPTION.findall(text)) if lines else 0
    code = 0 if _CODE_WORDS.isdisjoint(words) else len(_CODE.findall(text, 0, CODE_WITHIN))
    *before, quotes, underscore = _symbols(text)
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
    # In bytes, which are looked through at once; no letter beyond ASCII has a byte of it.
    symbols = text.encode(errors="surrogatepass").translate(None, _OTHERS)
    if not symbols:
        return _NO_SYMBOLS if _CURLED not in text else (*_NO_SYMBOLS[:-2], True, False)
    most, per_size = len(symbols), 1 / len(text)
    brackets = most - len(symbols.translate(None, _BRACES)) + (text.count("()") if b"(" in symbols else 0)
    digits, operators = most - len(symbols.translate(None, _DIGITS)), most - len(symbols.translate(None, _OPERATORS))
    return (
        b"`" in symbols and "```" in text,
        min(3, symbols.count(b"$")) / 3,
        b"\\" in symbols,
        min(1.0, brackets * per_size * 20),
        min(1.0, digits * per_size * 5),
        min(1.0, operators * per_size * 20),
        b'"' in symbols or _CURLED in text,
        b"_" in symbols,
    )
