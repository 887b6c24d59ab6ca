"""Prompts of every task in eight languages, from frames that are filled with texts to work on.

Invariant: the same seed and the same texts give the same prompts; the prompts that are held out share no frame.
"""

import random
import re
from collections.abc import Iterator, Sequence
from importlib.resources import files

import yaml

from router.reading.training.prompts import FRAMES, Prompt
from router.reading.training.stakes.stakes_texts import entries, written_in

SEED = 3
SLOT = "{t}"
DRAWS, DRAWS_ALONE = 6, 2
TEXTS_FROM = {"gsm8k", "mmlu", "pubmedqa", "banking77", "restaurant8k"}
FOREIGN, QUOTED, BEFORE, CAPITAL = 0.15, 0.5, 0.25, 0.3
SENTENCES = (1, 1, 2, 4, 8)
LONGEST = 300


def from_frames(prompts: Sequence[Prompt]) -> list[Prompt]:
    """A few prompts of each frame; English texts to work on are those of other sources."""
    text = files("router.reading.training").joinpath("frames.yaml").read_text(encoding="utf-8")
    english = [prompt.text[:LONGEST] for prompt in prompts if prompt.family in TEXTS_FROM]
    chance = random.Random(SEED)  # noqa: S311
    languages = yaml.safe_load(text)
    authors = {language: _Author(chance, written_in(language), english) for language in languages}
    return [
        Prompt(written, task, f"{FRAMES}/{language}", language)
        for language, tasks in languages.items()
        for task, frames in tasks.items()
        for frame in entries(frames)
        for written in authors[language].draws(frame)
    ]


class _Author:
    def __init__(self, chance: random.Random, own: Sequence[str], english: Sequence[str]) -> None:
        self._chance, self._own, self._english = chance, own, english

    def draws(self, frame: str) -> Iterator[str]:
        """The frame alone, or with a text behind or before it; sometimes without its last mark or with a capital."""
        for place in range(DRAWS if SLOT in frame else DRAWS_ALONE):
            text = frame.replace(SLOT, "").strip() if place == 0 else self._filled(frame)
            if place == 1 and self._chance.random() < QUOTED:
                text = re.sub(r"[?？.。]+$", "", text)
            yield text.capitalize() if self._chance.random() < CAPITAL else text

    def _filled(self, frame: str) -> str:
        pick = self._chance
        text = " ".join(pick.choice(self._own) for _ in range(pick.choice(SENTENCES)))
        if pick.random() < FOREIGN:
            text = pick.choice(self._english)
        if pick.random() < QUOTED:
            text = f'"{text}"'
        if SLOT in frame and pick.random() < BEFORE:
            return f"{text}\n\n{frame.replace(SLOT, '').strip()}"
        return frame.replace(SLOT, pick.choice([": ", "\n", "\n\n", " "]) + text)
