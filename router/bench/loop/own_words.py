"""Reads a user's own file: prompts by receipt, and checks of the answers where it has them.

Invariant: each row is used, or named with its place and the reason, and then nothing is read.
"""

from pathlib import Path

from router.bench.routing.tables.column_names import first_of
from router.bench.routing.tables.file_rows import file_rows
from router.bench.routing.tables.score_words import UNIT, score_of
from router.bench.routing.tables.shapes import prompt_of
from router.errors import ConfigError
from router.traffic.logged_outcomes import Words

RECEIPTS = ("receipt", "receipt_id", "id", "request_id")
CHECKS = ("score", "check", "correct", "passed")


def read_words(path: Path) -> Words:
    """Prompts by receipt from CSV, JSON, JSONL or Parquet; raises ConfigError that names each wrong row."""
    prompts: dict[str, str] = {}
    checks: dict[str, float] = {}
    faults: list[str] = []
    for where, row in file_rows(path):
        name = first_of(RECEIPTS, row) if isinstance(row, dict) else None
        if not isinstance(row, dict) or name is None or not row[name]:
            faults.append(f"{where}: {row if isinstance(row, str) else 'has no receipt'}")
            continue
        prompts[str(row[name])] = prompt_of(row).strip()
        column = first_of(CHECKS, row)
        score = score_of(row[column], UNIT) if column else None
        if isinstance(score, str):
            faults.append(f"{where}: the check {score}")
        elif score is not None:
            checks[str(row[name])] = score
    if faults:
        raise ConfigError(faults[:10])
    return Words({name: prompt for name, prompt in prompts.items() if prompt}, checks)
