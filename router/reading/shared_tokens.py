"""Tokens of a long text and of its head and tail, each looked for once.

Invariant: both lists are those that `tokens` gives of either text alone: no token goes on behind a space, so that a
text may be cut there.
"""

from router.reading.vocabulary import tokens

Pair = tuple[list[str], list[str]]


def tokens_of_both(text: str, end: int, head: int, tail: int) -> Pair | None:
    """The tokens of `text`, in lower case, and those of its head and tail with two ends of lines between.

    The head is so many characters, the tail so many before `end`. None where they have no space to be cut at, or lie
    too near to each other.
    """
    start = end - tail
    first, second = text.rfind(" ", 0, head) + 1, text.find(" ", start, end) + 1
    if not 0 < first <= head <= start < second:
        return None
    third = text.rfind(" ", start, end) + 1
    before, behind = tokens(text[:first]), tokens(text[second:third])
    whole = [*before, *tokens(text[first:second]), *behind, *tokens(text[third:])]
    between = tokens(f"{text[first:head]}\n\n{text[start:second]}")
    return whole, [*before, *between, *behind, *tokens(text[third:end])]
