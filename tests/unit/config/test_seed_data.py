"""The shipped workload and facts are checked line by line."""

from pathlib import Path

import pytest

from router.config.files.seed_data import load_facts, load_workload
from router.errors import ConfigError

GOOD = (
    '{"id": "a-1", "task": "chat", "difficulty": 0, "language": "en", "messages": [{"role": "user", "content": "x"}]}'
)


def test_every_wrong_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "workload.jsonl"
    path.write_text("\n".join([GOOD, GOOD.replace('"chat"', '"chess"'), GOOD.replace("0,", "9,")]))
    with pytest.raises(ConfigError) as caught:
        load_workload(path)
    first, second = map(str, caught.value.problems)
    assert ":2:1: task" in first
    assert ":3:1: difficulty" in second


def test_a_fact_without_a_source_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "facts.yaml"
    path.write_text("facts:\n  - {id: a, row: R1, statement: s, statement_ko: s, value: null, unit: null}\n")
    with pytest.raises(ConfigError, match="'source' is missing"):
        load_facts(path)
