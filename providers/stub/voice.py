"""How a stub speaks: prepared sentences, measured once, from which an answer of any length is sliced.

Invariant: every answer's first sentence says that a stub wrote it.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from math import ceil

from providers.stub.words import cost

MOST_WORDS = 1_200
_HEAD_WORDS = 60


@dataclass(frozen=True, slots=True)
class Lines:
    """A voice in one language. `says` takes {name}, `answer` {word}, `again` {number}, `tool` {result}.

    `bytes_per_token` is the length of this body's average token in the reference encoding.
    """

    says: str
    answer: str
    again: str
    tool: str
    body: tuple[str, ...]
    bytes_per_token: float


@dataclass(frozen=True, slots=True)
class Voice:
    """The same character in the two languages that the stubs speak."""

    english: Lines
    korean: Lines


def english(bytes_per_token: float, answer: str, *body: str) -> Lines:
    """A voice's English lines."""
    says = "This is a stub labelled {name}, no model was called."
    return Lines(says, answer, "Version {number}.", "The tool returned: {result}", body, bytes_per_token)


def korean(bytes_per_token: float, answer: str, *body: str) -> Lines:
    """A voice's Korean lines."""
    says = "이것은 {name} 이름표를 단 스텁이며, 호출된 모델은 없습니다."
    return Lines(says, answer, "{number}번째 답입니다.", "도구의 결과: {result}", body, bytes_per_token)


class Script:
    """Lines as one long text with running sums, so that an answer costs a slice and not a loop."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.sentences = len(lines.body)
        spaced = [_spaced(line) for line in lines.body]
        rounds = ceil(MOST_WORDS / sum(len(line.split()) for line in spaced)) + 1
        self._text = "".join(spaced * rounds)
        self._places = _sums([len(line) for line in spaced] * rounds)
        self._words = _sums([len(line.split()) for line in spaced] * rounds)
        self._costs = _sums([cost(line) for line in spaced] * rounds)
        self._bytes = _sums([len(line.encode()) for line in spaced] * rounds)
        self._answer = _spaced(lines.answer)
        # Every check word has the same shape, and so the same cost.
        self._answer_cost = cost(self._answer.replace("{word}", "kivo-41"))
        self._half = self._bytes[self.sentences] / self.sentences / 2

    def answer(self, word: str) -> tuple[str, int]:
        """The sentence that states the check word, and its cost."""
        return self._answer.replace("{word}", word), self._answer_cost

    def body(self, first: int, tokens: float) -> tuple[str, int]:
        """Whole sentences from number `first` on, of about so many tokens, and their cost."""
        aim = self._bytes[first] + tokens * self.lines.bytes_per_token - self._half
        most = bisect_right(self._words, self._words[first] + MOST_WORDS - _HEAD_WORDS) - 1
        last = max(first, min(bisect_left(self._bytes, aim), most))
        text = self._text[self._places[first] : self._places[last]].rstrip()
        return text, self._costs[last] - self._costs[first]


def _spaced(line: str) -> str:
    """The line, ready for another to follow."""
    return line if line.endswith("\n") else line + " "


def _sums(sizes: list[int]) -> list[int]:
    """Running sums from 0, so that a difference of two is the size of what lies between."""
    return list(accumulate(sizes, initial=0))


@lru_cache(maxsize=1_024)
def opening(lines: Lines, name: str) -> tuple[str, int, int]:
    """The sentence that says what this is, its cost with a space after it, and its bytes."""
    text = lines.says.replace("{name}", name)
    return text, cost(text + " "), len(text.encode(errors="replace"))
