"""How many tokens answers had, where a table says so: a column of tokens, the answers themselves, or their characters.

Invariant: tokens are of the reference encoding; characters are taken as four a token.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from router.bench.routing.tables.column_names import ANSWERED
from router.bench.routing.tables.file_rows import file_rows
from router.bench.routing.tables.grid import Grid
from router.bench.routing.tables.score_words import amount_of
from router.bench.routing.tables.shapes import prompt_of
from router.tokens import count

CHARACTERS_FILE, CHARACTERS_A_TOKEN = "output_chars.csv", 4
MOST_CHARACTERS = 200_000


def token_columns(columns: Collection[str], models: Collection[str]) -> dict[str, str]:
    """For each model the column `MODEL|output_tokens`, or that of its answers; `_:./` or a space may stand for `|`."""
    pairs: dict[str, str] = {}
    for column in columns:
        for end in ANSWERED:
            model = column[: -len(end) - 1]
            if column.lower().endswith(end) and model in models and column[-len(end) - 1] in "|_:./ ":
                pairs.setdefault(model, column)
    return pairs


def tokens_of(cell: Any) -> float | None:
    """The tokens that a cell says; of words that are no number, their own; None where it says nothing of use."""
    amount = amount_of(cell)
    if isinstance(amount, float):
        return amount
    text = cell if isinstance(cell, str) else ""
    return float(count(text[:MOST_CHARACTERS])) if amount is not None and text.strip() else None


def add_characters(folder: Path, prompts: Mapping[str, Mapping[str, Any]], grid: Grid) -> None:
    """Take the lengths in characters that lie beside a joined table, if they do."""
    path = folder / CHARACTERS_FILE
    if not path.is_file():
        return
    for _, row in file_rows(path):
        known = prompts.get(str(row.get("id"))) if isinstance(row, dict) else None
        at = grid.prompts.get(prompt_of(dict(known)).strip()) if known is not None else None
        if at is None or isinstance(row, str):
            continue
        for model in row.keys() & grid.columns.keys():
            characters = amount_of(row[model])
            if isinstance(characters, float):
                grid.put_length(at, model, characters / CHARACTERS_A_TOKEN)
