"""One command measures the shipped reader on every published table that is there."""

from pathlib import Path

from router.bench.routing.comparison.published_tables import ROWS, Row, lines

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples"


def test_each_table_is_a_line_and_one_that_is_not_there_is_named() -> None:
    head, _, first, absent = lines(EXAMPLE, 10, [Row("outcomes.csv", "Ours"), ROWS[0]])
    assert "learned-" in head
    assert first.startswith("| Ours, ")
    assert first.count("[") == 2
    assert absent.startswith("| MMLU | not measured: ")
