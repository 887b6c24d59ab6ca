"""Measures how often a choice survives a change of the prompt that changes nothing of what is asked.

`python -m router.bench.routing.comparison.choice_robustness` prints it as JSON, with the time that reading takes.
Invariant: the prompts and their paraphrases (`seeds/paraphrases.jsonl`, eight languages) are fitted to nowhere.
"""

import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import orjson

from router.config import load
from router.decision.decide import decide
from router.decision.features import read
from router.decision.resolve import resolve
from router.reading.artefact import load_reader
from router.reading.training.perturbations import typing_errors
from router.reading.training.prompts import rows
from router.tokens import count
from router.types import ChatRequest, Config, Excerpt, Message, Situation

SEEDS = Path(__file__).parents[4] / "seeds"
POLICIES = ("balanced", "cost")
DRAWS = 3
READS, BLOCKS = 200, 15
LENGTHS = (200, 1000, 2000)
FRAMES = {
    "en": ("I have a question: {x}", "{x} Keep it short."),
    "ko": ("궁금한 게 있어요. {x}", "{x} 짧게 부탁해요."),
    "ja": ("質問があります。{x}", "{x} 短くお願いします。"),
    "zh": ("想问一下，{x}", "{x} 请简短一些。"),
    "es": ("Tengo una duda: {x}", "{x} Sé breve."),
    "de": ("Ich habe eine Frage: {x}", "{x} Fass dich kurz."),
    "fr": ("J'ai une question : {x}", "{x} Sois bref."),
    "pt": ("Tenho uma dúvida: {x}", "{x} Seja breve."),
}
# Frames and wishes that no list of courtesies has.
OTHER_FRAMES = {
    "en": ("Maybe somebody here knows: {x}", "{x} Answer in plain words."),
    "ko": ("혹시 아시는 분? {x}", "{x} 쉽게 말해 주세요."),
    "ja": ("ちょっと気になって。{x}", "{x} やさしく言って。"),
    "zh": ("有人知道吗，{x}", "{x} 说得通俗点。"),
    "es": ("A ver si alguien sabe: {x}", "{x} En palabras sencillas."),
    "de": ("Vielleicht weiß das jemand: {x}", "{x} In einfachen Worten."),
    "fr": ("Quelqu'un sait peut-être : {x}", "{x} Avec des mots simples."),
    "pt": ("Talvez alguém saiba: {x}", "{x} Em palavras simples."),
}
Change = Callable[[str, str], str]


def changes() -> dict[str, Change]:
    """Every change but paraphrasing, by name; typing errors are the same at each call."""
    chance = random.Random(0)  # noqa: S311
    errors = [typing_errors(seed) for seed in range(DRAWS)]
    return {
        "typing errors": lambda text, _: chance.choice(errors)(text, False),
        "upper case": lambda text, _: text.upper(),
        "without the last mark": lambda text, _: text.rstrip(".?!。？！ "),
        "framed": lambda text, language: FRAMES[language][0].format(x=text),
        "a wish behind": lambda text, language: FRAMES[language][1].format(x=text),
        "framed otherwise": lambda text, language: OTHER_FRAMES[language][0].format(x=text),
        "another wish": lambda text, language: OTHER_FRAMES[language][1].format(x=text),
    }


def kept(config: Config, prompts: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """The share of changes after which the same model is chosen, by kind of change and policy."""
    report: dict[str, dict[str, float]] = {}
    for name, change in changes().items():
        pairs = [(row["text"], change(row["text"], row["language"])) for row in prompts]
        report[name] = {policy: _same(config, policy, pairs) for policy in POLICIES}
    pairs = [(row["text"], row["paraphrase"]) for row in prompts]
    report["paraphrased"] = {policy: _same(config, policy, pairs) for policy in POLICIES}
    report["all"] = {policy: round(fmean(row[policy] for row in report.values()), 3) for policy in POLICIES}
    return report


def _same(config: Config, policy: str, pairs: Sequence[tuple[str, str]]) -> float:
    return round(fmean(_chosen(config, policy, left) == _chosen(config, policy, right) for left, right in pairs), 3)


def _chosen(config: Config, policy: str, text: str) -> str:
    features = read(ChatRequest(policy, (Message("user", text),)), load_reader(), count)
    day = max(price.since for prices in config.prices.values() for price in prices)
    return decide(features, resolve(policy, config, unit="u"), Situation(day), config).chosen


def microseconds(text: str) -> float:
    """Processor time of reading a text, the least of several blocks: what else runs only adds to it."""
    reader, excerpt = load_reader(), Excerpt(text, "", "", len(text))
    blocks = []
    for _ in range(BLOCKS):
        start = time.process_time()
        for _ in range(READS):
            reader.read(excerpt)
        blocks.append((time.process_time() - start) / READS)
    return round(1e6 * min(blocks), 1)


def main() -> None:
    """Print the report."""
    prompts = list(rows(SEEDS / "paraphrases.jsonl"))
    words = " ".join(row["text"] for row in prompts if row["language"] == "en") + " "
    times = {f"{size} characters": microseconds((words * 3)[:size]) for size in LENGTHS}
    report = {"prompts": len(prompts), "choice kept": kept(load(), prompts), "microseconds": times}
    sys.stdout.buffer.write(orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n")


if __name__ == "__main__":
    main()
