"""The learned reader: a softmax for the task, a line for the difficulty, over signals of the text.

Invariant: pure, bounded and total; the same excerpt gives the same reading. It reads the last user turn, with what
came before it where that turn is short: a "yes" in a hard conversation is that conversation. It ignores the system
text, which says who the assistant is oftener than what the user wants.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from operator import mul

import numpy as np

from router.reading.languages.language import language
from router.reading.languages.languages_file import load_votes
from router.reading.languages.letters import folded
from router.reading.lengths import OUTPUT_TOKENS
from router.reading.politeness import only_thanks
from router.reading.signals import HEAD, TAIL, Floats, Lexicon, SignalReader, Signals
from router.reading.stakes.empty_answers import says_nothing
from router.reading.stakes.stakes_reader import StakesReader
from router.reading.vocabulary import tokens
from router.types import TASKS, Excerpt, Reading, Stakes

SHORT = 60
EARLIER = HEAD + TAIL - SHORT
HARDEST = 3.5
LEAST_CHANCE = 0.01
# A text of fewer words and fewer letters says too little for what kind of work it is to make it grave.
FEW, SHORTEST = 4, 8
# A logit more of difficulty lengthens the expected answer by so much of itself.
LONGER_PER_LOGIT = 0.12


@dataclass(frozen=True, slots=True)
class Calibration:
    """The fitted numbers that put scores on the scales of the catalog, and the error of the difficulty on it.

    `stakes_leanings` are what the logarithm of each task's chance adds to the score of stakes, in logits, and last what
    is always added: a plea for help reads like law or medicine, a text to be translated does not.
    """

    temperature: float
    difficulty_scale: float
    difficulty_offset: float
    difficulty_error: float
    stakes_leanings: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Weights:
    """The linear models: scores per task, and a difficulty from signals, burdens and the chances of the tasks."""

    tasks: Floats
    task_offsets: Floats
    difficulty: Floats
    burdens: Sequence[float]
    levels: Sequence[float]


class LearnedReader:
    """Reads a text under a lexicon and weights that were fitted to labelled texts."""

    name = "learned-4"

    def __init__(
        self, lexicon: Lexicon, weights: Weights, calibration: Calibration, stakes: StakesReader | None = None
    ) -> None:
        self._signals = SignalReader(lexicon)
        cooled = np.float32(calibration.temperature)
        # One more column, so that what signals add to the difficulty comes with the scores of the tasks.
        self._weights = np.asfortranarray(np.column_stack([weights.tasks / cooled, weights.difficulty]))
        self._offsets = np.append(weights.task_offsets / cooled, np.float32(0))
        self._burdens, self._levels = tuple(weights.burdens), tuple(weights.levels)
        self._calibration = calibration
        *self._leanings, self._always = calibration.stakes_leanings or (0.0,)
        self._stakes = stakes
        self._votes = load_votes()

    def read(self, excerpt: Excerpt) -> Reading:
        """Read the last user turn, or the end of the conversation where that turn is short."""
        text = subject(excerpt)
        signals = self._signals.read(text)
        words = (signals.words if signals.whole else signals.every) if text is excerpt.last else None
        if words is None:
            words = tokens(folded(excerpt.last))
        chances, raw = self._judged(signals)
        chance = max(chances)
        task = TASKS[chances.index(chance)]
        difficulty = self._difficulty(raw)
        return Reading(
            task,
            chance,
            difficulty,
            self._calibration.difficulty_error,
            language(text, self._votes, signals.words),
            round(OUTPUT_TOKENS[task] * (1 + LONGER_PER_LOGIT * difficulty)),
            (),
            self._stakes_of(words, excerpt.asked, chances),
        )

    def _stakes_of(self, words: list[str], before: str, chances: list[float]) -> Stakes:
        """Of this turn's words under the chances of the tasks, and of what the user said before."""
        if self._stakes is None:
            return "ordinary"
        if self._stakes.is_high(words, self._leaning(words, chances)) and not says_nothing(words):
            return "high"
        return self._stakes.read((before,)) if before else "ordinary"

    def _leaning(self, words: list[str], chances: list[float]) -> float:
        """What the kind of work adds to the score of stakes; a word or two are grave by themselves or not at all."""
        if not self._leanings:
            return 0.0
        leaning = _dot(self._leanings, log_chances(chances)) + self._always
        return leaning if len(words) >= FEW or len("".join(words)) >= SHORTEST else min(0.0, leaning)

    def judge(self, text: str) -> tuple[list[float], float]:
        """The chance of each task, and the difficulty before it is put on the scale of the catalog."""
        return self._judged(self._signals.read(text))

    def _judged(self, signals: Signals) -> tuple[list[float], float]:
        *scores, raw = (signals.vector.dot(self._weights) + self._offsets).tolist()
        chances = _softmax(scores)
        return chances, raw + _dot(signals.burdens, self._burdens) + _dot(chances, self._levels)

    def _difficulty(self, raw: float) -> float:
        scaled = self._calibration.difficulty_offset + self._calibration.difficulty_scale * raw
        return max(-HARDEST, min(HARDEST, scaled))


def subject(excerpt: Excerpt) -> str:
    """The text that is read: of a short turn what came before it too, but for thanks, which ask for nothing."""
    if excerpt.earlier and len(excerpt.last) < SHORT and not only_thanks(excerpt.last):
        return f"{excerpt.earlier[-EARLIER:]}\n{excerpt.last}"
    return excerpt.last


def log_chances(chances: Sequence[float]) -> list[float]:
    """The logarithms of chances, none of which counts as less than about a hundredth."""
    return [log(chance + LEAST_CHANCE) for chance in chances]


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    return float(sum(map(mul, left, right)))


def _softmax(scores: list[float]) -> list[float]:
    top = max(scores)
    parts = [exp(score - top) for score in scores]
    total = sum(parts)
    return [part / total for part in parts]
