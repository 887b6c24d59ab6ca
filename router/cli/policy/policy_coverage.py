"""`fungible policy coverage`: which rules, guards and budgets the tests try, and which the traffic comes to.

Invariant: the exit code is 1 where something is required that a part lacks, and 0 else.
"""

import sys
from collections.abc import Collection
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

from router import tokens
from router.api.assembly import reader_of
from router.cli.output import print_json
from router.cli.policy.sources import sources_of
from router.cli.responsive_table import Column, ResponsiveTable, output_console
from router.config.files.yaml_source import Path_
from router.config.load import build
from router.decision.features import read
from router.errors import NotFound
from router.ledger.location import Place
from router.policy.coverage.by_tests import by_tests
from router.policy.coverage.by_traffic import by_traffic, since
from router.policy.coverage.covered import Covered, Tally, covered
from router.policy.lint.policy_file import Sheet
from router.policy.policy_tests import ReadText
from router.policy.replay.request_columns import unpack
from router.types import ChatRequest, Config, Features, Message, Reader

Required = Literal["tests", "traffic"]
MOST = 1_000_000


def run(
    file: Path | None,
    folder: Path | None,
    place: Place,
    reader: Path | None,
    days: int,
    required: Collection[Required],
    *,
    as_json: bool,
) -> None:
    """Count, show, and judge; raises ConfigError for a file that does not load."""
    sources, today = sources_of(file, folder), datetime.now(UTC).date()
    sheet = Sheet(sources, build(sources), today, 0)
    tallies: dict[Path_, Tally] = {}
    by_tests(sheet, _reading(sheet.config, reader_of(reader)), today, tallies)
    requests = _count_traffic(sheet, place, today - timedelta(days=days - 1), tallies)
    if requests is None and "traffic" in required:
        raise NotFound(f"No requests are logged at {place}, by which rules could be judged.")
    rows = covered(sheet, tallies, with_log=requests is not None)
    lacking = [row for row in rows if lacks(row, required)]
    if as_json:
        parts = [{**row.plain(), "lacks": lacks(row, ("tests", "traffic"))} for row in rows]
        print_json({"days": days, "requests": requests, "parts": parts, "lacking": len(lacking)})
    else:
        _show(rows, requests, days)
    sys.exit(1 if lacking else 0)


def lacks(row: Covered, required: Collection[Required]) -> list[str]:
    """What of what is required a part has none of."""
    there = {"tests": row.tests > 0, "traffic": row.requests is None or row.requests > 0}
    return [word for word in required if not there[word]]


def _count_traffic(sheet: Sheet, place: Place, day: date, tallies: dict[Path_, Tally]) -> int | None:
    """How many requests were looked at; None where there is no log."""
    if not place.has_ledger():
        return None
    with closing(place.ledger()) as ledger:
        rows, words = ledger.requests(MOST)
    recent = since(unpack(rows, words), day)
    by_traffic(sheet, recent, tallies)
    return len(recent)


def _reading(config: Config, reader: Reader) -> ReadText:
    contexts = tuple(model.context for model in config.models)

    def features_of(text: str) -> Features:
        return read(ChatRequest("auto", (Message("user", text),)), reader, tokens.count, contexts)

    return features_of


def _show(rows: Collection[Covered], requests: int | None, days: int) -> None:
    console = output_console()
    if not rows:
        console.print("The file has no rule, no guard and no budget.")
        return
    table = ResponsiveTable(
        Column("part"),
        Column("name"),
        Column("line", right=True),
        Column("tests", right=True),
        Column("need it", right=True),
        Column(f"requests in {days} days", right=True),
        Column("last", right=True),
    )
    for row in rows:
        used = "–" if row.requests is None else f"{row.requests:,}"
        line = row.where.rsplit(":", 2)[1]
        last = str(row.last) if row.last else "never" if row.requests == 0 else ""
        style = "yellow" if lacks(row, ("tests", "traffic")) else ""
        table.add_row(row.part, row.name, line, str(row.tests), str(row.needed), used, last, style=style)
    console.print(table)
    console.print(_sentence(rows, requests, days))


def _sentence(rows: Collection[Covered], requests: int | None, days: int) -> str:
    """Both coverages in words."""
    whole, tried = len(rows), sum(row.tests > 0 for row in rows)
    sentence = f"tests try {tried} of {whole}, and would miss {sum(row.needed > 0 for row in rows)}"
    if requests is None:
        return f"{sentence}; no requests are logged"
    never = sum(row.requests == 0 for row in rows)
    return f"{sentence}; {never} never applied to the {requests:,} requests of {days} days"
