"""Fits the reader of stakes, or measures it: `python -m router.reading.training.stakes [--data FOLDER]`.

Invariant: the half of the labelled set that is held out is never fitted to, and neither is the workload.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import orjson

from router.reading.artefact import load_reader
from router.reading.stakes.stakes_file import load_stakes
from router.reading.training.stakes.stakes_measures import measured
from router.types import Excerpt

OUT = Path(str(files("router.reading"))) / "artefact"


def main(arguments: Sequence[str] | None = None) -> None:
    """With `--data` fit and write; in any case measure, and print JSON."""
    parser = ArgumentParser(prog="python -m router.reading.training.stakes", description="Fit or measure stakes.")
    parser.add_argument("--data", type=Path, help="folder with prompt_labels; without it nothing is fitted")
    parser.add_argument("--vectors", type=Path, help="file in which vectors of words are kept for the next time")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for stakes.npz")
    given = parser.parse_args(arguments)
    if given.data:
        # Only here, since scipy is needed to fit and not to measure.
        from router.reading.training.prompts import labelled
        from router.reading.training.stakes.stakes_fit import fit, save
        from router.reading.training.stakes.stakes_texts import LISTS, every
        from router.reading.training.stakes.stakes_vectors import vectors

        texts = every(labelled(given.data))
        written = LISTS.read_text(encoding="utf-8")
        save(given.out, fit(texts, vectors(written, [text.text for text in texts], given.vectors)))
    alone, shipped = load_stakes(given.out), load_reader()
    report = {
        "words alone": measured(lambda text: alone.read([text]) == "high"),
        "as shipped": measured(lambda text: shipped.read(Excerpt(text, "", "", len(text))).stakes == "high"),
    }
    sys.stdout.buffer.write(orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n")


if __name__ == "__main__":
    main()
