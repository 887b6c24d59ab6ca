"""Fills the authored templates with slots, numbers and texts to work on.

Invariant: the same seed and the same texts give the same prompts.
"""

import random
import re
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import yaml

from router.reading.training.prompts import TEMPLATES, Prompt

SEED = 7
DRAWS = {"en": 500, "ko": 400}
DEEPEST = 4
TEXTS_FROM = {"gsm8k", "mmlu", "pubmedqa", "banking77", "legalbench", "restaurant8k"}
KOREAN_TEXTS_FROM = {"songys-chatbot"}
LENGTHS = (120, 300, 900)
_SLOT = re.compile(r"\{(\w+)\}")


def from_templates(prompts: Sequence[Prompt], quick: bool) -> list[Prompt]:
    """Distinct prompts of every task in both languages; the texts to work on are those of other sources."""
    author = _Author(prompts)
    by_text: dict[str, Prompt] = {}
    for language, tasks in author.data["frames"].items():
        for task, frames in tasks.items():
            expanded = _repeated(frames)
            for _ in range(DRAWS[language] // (20 if quick else 1)):
                text = author.write(author.chance.choice(expanded), language)
                by_text.setdefault(text, Prompt(text, task, TEMPLATES, language))
    return list(by_text.values())


def _repeated(frames: Sequence[Any]) -> list[str]:
    entries: list[str] = []
    for frame in frames:
        entries.extend([frame] if isinstance(frame, str) else [frame["text"]] * frame["times"])
    return entries


class _Author:
    def __init__(self, prompts: Sequence[Prompt]) -> None:
        self.chance = random.Random(SEED)  # noqa: S311
        text = files("router.reading.training").joinpath("templates.yaml").read_text(encoding="utf-8")
        self.data: dict[str, Any] = yaml.safe_load(text)
        self._slots = {name: _repeated(values) for name, values in self.data["slots"].items()}
        self._edges = {place: {k: _repeated(v) for k, v in self.data[place].items()} for place in ("before", "after")}
        english = [prompt.text for prompt in prompts if prompt.language == "en" and prompt.family in TEXTS_FROM]
        korean = [prompt.text for prompt in prompts if prompt.source in KOREAN_TEXTS_FROM]
        self._texts = {"pay": english, "kpay": korean}

    def write(self, frame: str, language: str) -> str:
        """One prompt, with a courtesy at either end or none, sometimes in another case or without its last mark."""
        before, after = (self.chance.choice(self._edges[place][language]) for place in ("before", "after"))
        text = f"{before}{self._fill(frame, 0)}{after}"
        if language == "en":
            chance = self.chance.random()
            text = text.lower() if chance < 0.2 else text.upper() if chance < 0.23 else text
        if self.chance.random() < 0.1:
            text = text.rstrip(".?!")
        return text.replace("{{", "{").replace("}}", "}")

    def _fill(self, frame: str, depth: int) -> str:
        numbers = {name: str(self.chance.randint(low, high)) for name, low, high in _NUMBERS}
        numbers["p"] = self.chance.choice(["2", "3", "5", "7", "11"])

        def filled(slot: re.Match[str]) -> str:
            return numbers.get(slot[1]) or self._slot(slot, depth)

        return _SLOT.sub(filled, frame)

    def _slot(self, slot: re.Match[str], depth: int) -> str:
        name = slot[1]
        if name in self._texts:
            return self._english() if name == "pay" else self._korean()
        if name not in self._slots:
            return slot[0]
        choice = self.chance.choice(self._slots[name])
        return choice if name == "code" or depth >= DEEPEST else self._fill(choice, depth + 1)

    def _english(self) -> str:
        news, texts, chance = self.data["news"]["en"], self._texts["pay"], self.chance
        text = chance.choice(news) if chance.random() < 0.35 else chance.choice(texts)
        if chance.random() < 0.25:
            text = f"{text} {chance.choice(news)} {chance.choice(texts)}"
        return str(text)[: chance.choice(LENGTHS)]

    def _korean(self) -> str:
        if self.chance.random() < 0.5:
            return self.chance.choice(self._texts["kpay"])
        return " ".join(self.chance.choice(self.data["news"]["ko"]) for _ in range(self.chance.choice([1, 1, 2, 4])))


_NUMBERS = (("a", 2, 9), ("b", 2, 12), ("c", 2, 30), ("n", 1, 5))
