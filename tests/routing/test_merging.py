"""`fit --merge` puts all models of a catalog on the scale of a fit; `--curve` says what more prompts would bring."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from cli.running import fungible

from router.bench.routing.comparison.coverage import Covered, coverage, is_enough
from router.bench.routing.comparison.learning_curve import learning_curve
from router.bench.routing.resampling import Resamples
from router.config import load
from router.config.files.abilities_patch import merged
from router.config.files.yaml_source import Source, parse
from router.config.load import SEEDS
from router.errors import ConfigError
from router.reading.fit_reader import look
from router.reading.irt import Chances
from router.tokens import ids
from router.types import TASKS
from routing.test_fit import table

DAY = date(2026, 11, 29)
CHANCES = Chances(np.full((2, len(TASKS)), 1.0), np.array([[0.5, -0.5], [0.1, 0.1]]), 1.0)


def catalog() -> Source:
    return parse((SEEDS / "catalog.yaml").read_bytes(), "catalog.yaml")


def test_models_of_the_fit_are_measured_and_the_others_are_moved_alike(tmp_path: Path) -> None:
    text = merged(catalog(), ("gpt-5", "elsewhere"), CHANCES, 120, DAY)
    (tmp_path / "catalog.yaml").write_text(text, encoding="utf-8")
    before, after = ({model.id: model.abilities for model in config.models} for config in (load(), load(tmp_path)))
    assert set(after["gpt-5"].values.values()) == {1.0}
    assert after["gpt-5"].status == "measured"
    assert after["gpt-5"].loadings == (0.5, -0.5)
    other = after["phi-4"]
    assert (other.status, other.loadings) == ("assumed", (0.5, -0.5))
    shift = 1.0 - before["gpt-5"].values["coding"]
    assert other.values["coding"] == pytest.approx(before["phi-4"].values["coding"] + shift, abs=1e-3)
    assert "gpt-5" in other.source
    # Everything else stays, comments too.
    assert text.startswith((SEEDS / "catalog.yaml").read_text(encoding="utf-8")[:2000])
    # The same fit once more changes nothing.
    again = merged(parse(text.encode(), "catalog.yaml"), ("gpt-5", "elsewhere"), CHANCES, 120, DAY)
    assert again == text


def test_tasks_that_no_fitted_model_had_move_as_all_did() -> None:
    rows = (
        "models:\n  - id: a\n    abilities:\n      source: x\n      values: {chat: 0.0}\n\n    owner: z\n"
        "  - id: b\n    abilities:\n      source: y\n      values: {coding: 2.0}\n  - id: c\n"
    )
    text = merged(parse(rows.encode(), "c.yaml"), ("a", "elsewhere"), CHANCES, 100, DAY)
    assert "coding: 3.000" in text
    assert "\n\n    owner: z" in text
    none = merged(parse(rows.replace("{chat: 0.0}", "{}").encode(), "c.yaml"), ("a", "elsewhere"), CHANCES, 100, DAY)
    assert "coding: 2.000" in none


def test_what_cannot_be_merged_is_said() -> None:
    with pytest.raises(ConfigError, match=r"holds none of the models of the fit \(x, y\)"):
        merged(catalog(), ("x", "y"), CHANCES, 100, DAY)
    flow = b"models:\n  - id: a\n    abilities: {source: x, values: {chat: 0.0}}\n"
    with pytest.raises(ConfigError, match=r"c\.yaml:3:5: write `abilities:` in a line of its own"):
        merged(parse(flow, "c.yaml"), ("a", "elsewhere"), CHANCES, 100, DAY)


def test_the_command_merges_and_serves_a_decision(tmp_path: Path) -> None:
    planted = table(200)
    rows = [
        f'"{prompt}",{strong:g},{weak:g}'
        for prompt, (strong, weak) in zip(planted.prompts, planted.scores.tolist(), strict=True)
    ]
    (tmp_path / "t.csv").write_text("\n".join(["prompt,gpt-5,phi-4", *rows]), encoding="utf-8")
    assert fungible(tmp_path, "init", "mine").returncode == 0
    shown = fungible(tmp_path, "fit", "t.csv", "--out", "fit", "--merge", "mine")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "The fit is merged into mine/catalog.yaml" in shown.stdout
    assert fungible(tmp_path, "explain", "Prove it.", "--config", "mine", "--reader", "fit", "--json").returncode == 0
    (tmp_path / "mine" / "catalog.yaml").write_text("models: []", encoding="utf-8")
    broken = fungible(tmp_path, "fit", "t.csv", "--out", "fit", "--merge", "mine")
    assert broken.returncode == 2
    assert (tmp_path / "mine" / "catalog.yaml").read_text(encoding="utf-8") == "models: []"


def test_a_curve_forecasts_what_more_prompts_bring() -> None:
    planted = table(240)
    texts = look(planted.prompts, dict.fromkeys(planted.prompts, 0), ids)
    curve = learning_curve(planted, texts, planted.models, Resamples.of(texts.groups, 40))  # type: ignore[arg-type]
    assert curve.prompts == (48, 96, 192)
    assert [apgr.low <= apgr.value <= apgr.high for apgr in curve.apgr] == [True] * 3
    assert curve.gain.low <= curve.gain.value <= curve.gain.high
    assert curve.plain()["more"] == 300


def test_coverage_is_counted_on_tables_whose_truth_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.bench.routing.comparison.coverage.LARGE", 20_000)
    rows = {row.figure: row for row in coverage(20, 120, 50, fits=2)}
    assert {"APGR", "AIQ", "doubly robust", "all differences of a table (max-T)", "APGR of a fit, in-domain"} <= set(
        rows
    )
    assert rows["APGR"].tables == 20
    assert rows["APGR"].held >= 14
    assert is_enough([Covered("x", 95, 100)])
    assert not is_enough([Covered("x", 80, 100)])
    assert Covered("x", 95, 100).plain()["share"]["value"] == 0.95
