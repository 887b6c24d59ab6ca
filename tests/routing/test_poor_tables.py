"""A table that gives no figures is refused in words, with what it holds and what is needed."""

import warnings
from pathlib import Path

import pytest
from cli.running import fungible

WORDS = ("red", "blue", "green", "old", "new", "fast", "slow", "warm", "cold", "big", "small", "loud", "calm", "wide")


def table(rows: int, *models: str, score: str = "") -> str:
    lines = [",".join(["prompt", *models])]
    for n in range(rows):
        cells = [score or str(int((n + 2 * k) % 3 > k)) for k in range(len(models))]
        lines.append(",".join([f"Tell me about a {WORDS[n % 14]} and {WORDS[n // 14]} thing", *cells]))
    return "\n".join(lines)


def with_a_third(text: str) -> str:
    """The table with a model that has one score."""
    head, *rows = text.split("\n")
    return "\n".join([f"{head},c", *(f"{row},{'1' if n == 5 else ''}" for n, row in enumerate(rows))])


def by_turns() -> str:
    """A table of which each model has scores on its own half of the prompts."""
    head, *rows = table(40, "a", "b", score="1").split("\n")
    return "\n".join([head, *(row.replace(",1,1", ",1," if n % 2 else ",,0") for n, row in enumerate(rows))])


SPELLINGS = "\n".join(["prompt,a,b", *(f"Hi{'!' * n},{n % 2},1" for n in range(40))])
POOR = {
    "one row": (table(1, "a", "b"), "holds 1 prompt and 2 models"),
    "one model": (table(40, "a"), "holds 40 prompts and one model (a)"),
    "no numbers": (table(40, "a", "b", score="nan"), "holds no scores"),
    "words": (table(40, "a", "b", score="about 85"), "which is no number in [0, 1]"),
    "alike": (table(40, "a", "b", score="1"), "'a' and 'b' score alike (100.0%) on 40 prompts"),
    "one prompt in many spellings": (SPELLINGS, "too few of its prompts differ"),
    "no shared prompts": (by_turns(), "no prompt has a score of both"),
    "one score of a model": (with_a_third(table(40, "a", "b")), "the model 'c' has a score on 1 prompt alone"),
}


@pytest.mark.parametrize("name", POOR)
def test_it_is_refused_in_words(tmp_path: Path, name: str) -> None:
    text, sentence = POOR[name]
    (tmp_path / "poor.csv").write_text(text, encoding="utf-8")
    named = ("--strong", "a", "--weak", "b") if name.startswith("one score") else ()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shown = fungible(tmp_path, "bench", "routing", "poor.csv", "--rounds", "10", *named)
    assert shown.returncode == 2
    assert shown.stdout.strip() == ""
    assert sentence in shown.stderr
    assert all(line.startswith("error ") for line in shown.stderr.strip().splitlines())


def test_a_pair_of_one_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text(table(40, "a", "b"), encoding="utf-8")
    shown = fungible(tmp_path, "bench", "routing", "good.csv", "--strong", "a", "--weak", "a")
    assert (shown.returncode, "are both 'a'" in shown.stderr) == (2, True)


def test_faults_are_named_up_to_a_handful(tmp_path: Path) -> None:
    text = table(10, "a", "b") + "\n" + "\n".join(f"Again {n},2,1" for n in range(9))
    (tmp_path / "poor.csv").write_text(text, encoding="utf-8")
    shown = fungible(tmp_path, "bench", "routing", "poor.csv")
    assert "poor.csv:12: the score of 'a' is '2'" in shown.stderr
    assert "4 more rows were left out" in shown.stderr
