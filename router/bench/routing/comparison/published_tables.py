"""Measures the shipped reader on the published tables, as docs/benchmarks.md shows it, all rows in one go.

`python -m router.bench.routing.comparison.published_tables FOLDER [ROUNDS]` prints a table in Markdown: for each table
that is in the folder, APGR by length alone and by the shipped reader, under the name of the reader that was measured.

Invariant: nothing is learned here, and no table is left out in silence.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from router.api.assembly import shipped_reader
from router.bench.routing.compare_readers import Bench
from router.bench.routing.measures import Interval
from router.bench.routing.outcome_table import read_outcomes
from router.errors import ConfigError

ROUNDS = 200
READERS = ("length", "shipped")


class Row(NamedTuple):
    """A table below the folder, and the pair of models; None are the best and the worst one."""

    path: str
    shown: str
    strong: str | None = None
    weak: str | None = None


ROWS = (
    Row("routellm/mmlu.csv", "MMLU"),
    Row("routellm/gsm8k.csv", "GSM8K"),
    Row("mmlu_pro", "MMLU-Pro", "gemini-1.5-pro-002", "Phi-3-mini-4k-instruct"),
    Row("llmrouter_uiuc/queries_scores.jsonl", "UIUC", "llama-3.1-nemotron-51b-instruct", "qwen2.5-7b-instruct"),
    Row("llmrouter_uiuc/queries_scores.jsonl", "UIUC", "llama-3.1-nemotron-51b-instruct", "llama3-chatqa-1.5-8b"),
    Row("zeroeval/crux", "CRUX"),
    Row("zeroeval/math-l5", "MATH level 5"),
)


def lines(folder: Path, rounds: int, rows: Sequence[Row] = ROWS) -> Iterator[str]:
    """The lines of the table, one as soon as it is measured."""
    reader = shipped_reader()
    yield f"| table, strong / weak | prompts | length only | {getattr(reader, 'name', 'shipped')} |"
    yield "|---|---|---|---|"
    for row in rows:
        try:
            table = read_outcomes(folder / row.path)
            (report,) = Bench(reader=reader, readers=READERS, strong=row.strong, weak=row.weak, rounds=rounds).run(
                [table]
            )
        except ConfigError as error:
            yield f"| {row.shown} | not measured: {error.problems[0]} | | |"
            continue
        apgr = " | ".join(_shown(pair.apgr) for pair in report.pairs)
        yield f"| {row.shown}, {report.strong} / {report.weak} | {report.prompts:,} | {apgr} |"


def _shown(figure: Interval) -> str:
    value, low, high = (f"{each:.3f}".lstrip("0") for each in (figure.value, figure.low, figure.high))
    return f"{value} [{low}, {high}]"


def main() -> None:
    """Print it line by line."""
    words = sys.argv[1:]
    if not words or not Path(words[0]).is_dir():
        sys.exit("usage: python -m router.bench.routing.comparison.published_tables FOLDER [ROUNDS]")
    for line in lines(Path(words[0]), int(words[1]) if len(words) > 1 else ROUNDS):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
