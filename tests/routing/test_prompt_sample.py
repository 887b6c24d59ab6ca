"""Of a table with more prompts than are wanted a sample is drawn while it is read, and memory stays bounded."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from router.bench.routing.outcome_table import Outcomes, read_outcomes
from router.bench.routing.tables import prompt_sample
from router.bench.routing.tables.prompt_sample import PromptSample


def long_table(folder: Path, order: np.ndarray, prompts: int = 40) -> Path:
    """Each prompt with two models, two samples of one of them, in a given order of rows; a prompt names its score."""
    rows = [f"p{number},{model},{score},g{number % 7}" for number in range(prompts) for model, score in scores(number)]
    path = folder / f"{hash(order.tobytes())}.csv"
    path.write_text("prompt,model,score,group\n" + "\n".join(rows[at] for at in order), encoding="utf-8")
    return path


def scores(number: int) -> list[tuple[str, float]]:
    return [("a", number % 2), ("b", 1.0), ("b", 0.5)]


def seen(table: Outcomes) -> dict[str, list[float]]:
    columns = [table.column(model).tolist() for model in sorted(table.models)]
    return {prompt: row for prompt, *row in zip(table.prompts, *columns, strict=True)}


def test_which_prompts_are_drawn_depends_on_their_words_alone(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    drawn = [read_outcomes(long_table(tmp_path, random.permutation(120)), most=9) for _ in range(3)]
    first = seen(drawn[0])
    assert len(first) == 9
    assert all(seen(table) == first for table in drawn)
    # All rows of a prompt that was drawn are in its means, and nothing of another's.
    assert all(row == [int(prompt[1:]) % 2, 0.75] for prompt, row in first.items())
    assert all(table.groups == tuple(f"g{int(prompt[1:]) % 7}" for prompt in table.prompts) for table in drawn)
    assert "measured on 9 of 40 prompts, drawn at random" in drawn[0].notes


def test_another_seed_draws_others_and_enough_room_draws_all(tmp_path: Path) -> None:
    path = long_table(tmp_path, np.arange(120))
    assert seen(read_outcomes(path, most=9, seed=1)).keys() != seen(read_outcomes(path, most=9)).keys()
    whole = read_outcomes(path)
    assert seen(read_outcomes(path, most=40)) == seen(whole)
    assert not any("drawn" in note for note in read_outcomes(path, most=40).notes)
    assert len(whole.prompts) == 40


def test_every_prompt_is_as_likely_as_another() -> None:
    counts: Counter[str] = Counter()
    for seed in range(400):
        sample, kept = PromptSample(4, seed), []
        for name in "abcdefghijklmnop":
            if len(kept) == sample.room:
                kept = [kept[place] for place in sample.thin() or range(len(kept))]
            if sample.takes(name):
                kept.append(name)
        counts.update(kept[place] for place in sample.thin() or range(len(kept)))
        assert sample.seen == 16
    # 400 draws of 4 in 16: 100 each, with a spread of nine.
    assert max(abs(count - 100) for count in counts.values()) < 40


def test_what_was_let_go_of_is_counted_once_however_often_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt_sample, "COUNTED_AT_ONCE", 16)
    sample, kept = PromptSample(2), []
    for _ in range(20):
        for name in map(str, range(50)):
            if name in kept:
                continue
            if len(kept) == sample.room:
                kept = [kept[place] for place in sample.thin() or []]
            if sample.takes(name):
                kept.append(name)
    assert sample.seen == 50
    assert len(sample.left_out) < 200


def test_a_model_that_is_scored_on_no_prompt_that_was_drawn_is_named(tmp_path: Path) -> None:
    lines = ["prompt,a,b,c", *(f"p{number},{number % 2},1,{'1' if number == 0 else ''}" for number in range(40))]
    (tmp_path / "t.csv").write_text("\n".join(lines), encoding="utf-8")
    tables = [read_outcomes(tmp_path / "t.csv", most=3, seed=seed) for seed in range(3)]
    without = [table for table in tables if "p0" not in table.prompts]
    assert without
    assert all(table.models == ("a", "b") for table in without)
    assert all(any("'c' has no score on the prompts" in note for note in table.notes) for table in without)
