"""`fungible bench ramps` as a person uses it."""

import json
from pathlib import Path

import pytest

from cli.test_commands import fungible


def test_it_tells_shares_waits_and_rivals(tmp_path: Path) -> None:
    shown = fungible(tmp_path, "bench", "ramps", "--runs", "64", "--pairs", "200")
    assert shown.returncode == 0, shown.stderr
    for words in ("difference", "Wrong calls", "Other kinds of work", "t-test, each pair", "margin 0.05"):
        assert words in shown.stdout
    assert "…" not in shown.stdout


def test_json_and_a_picture(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    words = ["bench", "ramps", "--runs", "32", "--pairs", "300", "--json"]
    shown = fungible(tmp_path, *words, "--plot", "evidence.svg")
    assert shown.returncode == 0, shown.stderr
    report = json.loads(shown.stdout)
    assert (report["question"], report["runs"], report["seed"]) == ({"margin": 0.05, "alpha": 0.05}, 32, 5)
    equal = report["scenarios"][1]
    assert equal["promoted"]["low"] <= equal["promoted"]["value"] <= equal["promoted"]["high"]
    assert equal["to_roll_back"] == {"median": None, "p90": None}
    picture = (tmp_path / "evidence.svg").read_bytes()
    assert b"promoted after" in picture
    assert b"rolled back after" in picture


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--margin", "0"], "between 0 and 1"),
        (["--alpha", "1"], "between 0 and 1"),
        (["--correlation", "0.95"], "can't have a correlation of 0.95"),
        (["--base", "1.2"], "no chances between 0 and 1"),
        (["--plot", "evidence.png"], "ends in .svg"),
    ],
)
def test_mistakes_are_told_in_a_sentence(tmp_path: Path, words: list[str], sentence: str) -> None:
    shown = fungible(tmp_path, "bench", "ramps", "--runs", "10", "--pairs", "50", *words)
    assert shown.returncode == 2
    assert sentence in shown.stderr
    assert "Traceback" not in shown.stderr
