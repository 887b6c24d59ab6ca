"""A row for each decision of each contender, as JSON lines, CSV or Parquet: what was chosen, what it scored and cost.

Invariant: prompts are named by a hash and their place, and not repeated; chance has no rows, since it chooses nothing.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from router.bench.routing.compare_readers import Report
from router.bench.routing.outcome_table import Outcomes
from router.bench.routing.records.row_files import write_rows


def decision_rows(table: Outcomes, report: Report) -> Iterator[dict[str, Any]]:
    """The decisions of the contenders at the points at which they were compared."""
    if (compared := report.compared) is None:
        return
    names = [sha256(table.prompts[row].encode()).hexdigest()[:16] for row in report.rows]
    for contender, place in zip(compared.contenders, compared.places, strict=True):
        router = contender.router
        if router.picks is None:
            continue
        picks, scores, costs = (part[place].tolist() for part in (router.picks, router.quality, router.spent))
        for at, row in enumerate(report.rows):
            yield {
                "table": report.table,
                "row": row,
                "prompt_sha256": names[at],
                "contender": router.name,
                "regime": router.regime,
                "chosen": table.models[picks[at]] if picks[at] >= 0 else None,
                "score": scores[at],
                "usd_per_1000": costs[at] if report.routers else None,
            }


def write_decisions(tables: Sequence[Outcomes], reports: Sequence[Report], path: Path) -> int:
    """Write them all; returns how many there are. Raises BadRequest for another ending, ConfigError."""
    rows = (row for table, report in zip(tables, reports, strict=True) for row in decision_rows(table, report))
    return write_rows(rows, path, "--decisions")
