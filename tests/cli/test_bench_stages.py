"""`fungible bench stages` as a person uses it."""

import json
from pathlib import Path

from cli.running import fungible
from router.bench.http.whole_exchanges import LOOP, WRITER


def test_each_stage_has_its_microseconds(tmp_path: Path) -> None:
    shown = fungible(tmp_path, "bench", "stages", "--rounds", "2", "--json")
    assert shown.returncode == 0
    figures = json.loads(shown.stdout)
    assert {
        "parse the body",
        "decide",
        "settle",
        "the receipt's bytes",
        "call a backend over HTTP",
        LOOP,
        WRITER,
    } < figures.keys()
    assert all(row["p50_us"] >= row["p10_us"] or row["p10_us"] > 0 for row in figures.values())


def test_the_table_names_the_size(tmp_path: Path) -> None:
    shown = fungible(tmp_path, "bench", "stages", "--rounds", "2", "--size", "1000")
    assert shown.returncode == 0
    assert "1,000 bytes" in shown.stdout
    assert "consider: read, resolve and decide" in shown.stdout
