"""Whether a stub is right: a fair draw with the chance that its ability gives it, repeatable for ever.

Invariant: the outcome depends on the model's id, the prompt and the chance alone, and anybody who has the prompt can
check it.
"""

import math
from collections.abc import Mapping
from hashlib import blake2b

from router.types import TASKS, Call, ChatRequest, Features, Task

TASK_KEY = "fungible.task"
DIFFICULTY_KEY = "fungible.difficulty"
_CONSONANTS = "bdfghjklmnprstvz"
_VOWELS = "aeiou"
_RANGE = 2**128


def prompt_of(request: ChatRequest) -> str:
    """The user's turns, joined: what the answer must be right about."""
    return "\n".join([message.text for message in request.messages if message.role == "user"])


def mark(text: str) -> str:
    """A digest that stands for a text, however long."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def draw(*parts: str) -> int:
    """A number in [0, 2**128) that is the same for the same parts."""
    return int.from_bytes(blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=16).digest(), "big")


def falls_below(drawn: int, probability: float) -> bool:
    """Whether a drawn number, as a fraction of all that could be drawn, is below the probability."""
    return drawn / _RANGE < probability


def word(number: int) -> str:
    """A short code that can be said aloud, such as `kivo-41`."""
    number, tail = divmod(number, 90)
    number, first = divmod(number, 80)
    second = number % 80
    sounds = [_CONSONANTS[sound // 5] + _VOWELS[sound % 5] for sound in (first, second)]
    return f"{sounds[0]}{sounds[1]}-{tail + 10}"


def _right_number(prompt_mark: str) -> int:
    return int(prompt_mark[:16], 16)


def answer_word(prompt: str) -> str:
    """The check word that a right answer to this prompt states."""
    return word(_right_number(mark(prompt)))


def is_right(prompt: str, text: str) -> bool:
    """Whether a text states the prompt's check word; no need to know which model wrote it."""
    return answer_word(prompt) in text


def sigmoid(logit: float) -> float:
    """The chance that a logit stands for."""
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))


def _labelled_difficulty(metadata: Mapping[str, str]) -> float | None:
    try:
        value = float(metadata[DIFFICULTY_KEY])
    except (KeyError, ValueError):
        return None
    return value if math.isfinite(value) else None


def truth(metadata: Mapping[str, str] | None, features: Features) -> tuple[Task, float]:
    """The task and the difficulty that count: a benchmark's own labels, else what was read from the text."""
    if not metadata:
        return features.task, features.difficulty
    difficulty = _labelled_difficulty(metadata)
    task = next((task for task in TASKS if task == metadata.get(TASK_KEY)), features.task)
    return task, features.difficulty if difficulty is None else difficulty


def chance(call: Call, overrides: Mapping[Task, float]) -> float:
    """The probability that this model is right on this request; an ability that nobody gave is 0."""
    task, difficulty = truth(call.request.metadata, call.features)
    return sigmoid(overrides.get(task, call.model.abilities.values.get(task, 0.0)) - difficulty)


def stated_word(own: int, prompt_mark: str, probability: float) -> str:
    """The word that a model states, by its own draw: the right one with that probability, else one of its own."""
    right = word(_right_number(prompt_mark))
    if falls_below(own, probability):
        return right
    wrong = word(own)
    return wrong if wrong != right else word(own + 1)
