"""Noise in several wordings of each prompt is no signal, and an interval covers what it is to cover."""

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from cli.running import fungible

from router.api.assembly import shipped_reader
from router.bench.routing.fitting import learn
from router.bench.routing.outcome_table import read_outcomes
from router.bench.routing.resampling import Resamples, interval
from router.bench.routing.tables.declared import Declared
from router.config.files.reader_files import reader_warning
from router.errors import ConfigError

SYLLABLES = ["ba", "de", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "vek", "zor"]
FRAMES = ["{}", "Please answer: {}", "{} 2", "Context: none. {}"]


def noise(families: int, header: str = "") -> str:
    random = np.random.default_rng(11)
    lines = ["prompt,a,b,customer"]
    for number in range(families):
        text = " ".join("".join(random.choice(SYLLABLES, 3)) for _ in range(12))
        scores = f"{random.integers(0, 2)},{int(random.random() < 0.4)}"
        lines += [f'"{header}{frame.format(text)}",{scores},c{number % 30}' for frame in FRAMES]
    return "\n".join(lines)


@pytest.mark.parametrize("header", ["", "Example.\nA. yes\nB. no\nAnswer: A\n"])
def test_noise_in_four_wordings_is_not_recommended(tmp_path: Path, header: str) -> None:
    (tmp_path / "leak.csv").write_text(noise(60, header), encoding="utf-8")
    learned = learn(read_outcomes(tmp_path / "leak.csv"), shipped_reader(), None, None, lambda: None, rounds=60)
    assert learned.groups == 60
    assert not learned.recommended


def test_a_named_column_keeps_its_values_in_one_fold(tmp_path: Path) -> None:
    (tmp_path / "leak.csv").write_text(noise(60), encoding="utf-8")
    table = read_outcomes(tmp_path / "leak.csv", Declared(group="customer"))
    learned = learn(table, shipped_reader(), None, None, lambda: None, rounds=20)
    assert (learned.table.models, learned.groups) == (("a", "b"), 30)


def test_what_is_not_recommended_gets_no_line_to_serve_it(tmp_path: Path) -> None:
    (tmp_path / "leak.csv").write_text(noise(60), encoding="utf-8")
    shown = fungible(tmp_path, "fit", "leak.csv", "--out", "fit", "--ignore", "customer")
    assert shown.returncode == 3
    assert "Not recommended" in shown.stdout
    assert "fungible serve" not in shown.stdout


def test_intervals_of_equal_rows_cover_as_often_as_they_say() -> None:
    random, covered = np.random.default_rng(2), 0
    for _ in range(200):
        values = np.repeat(random.normal(size=60), 4)
        resamples = Resamples.of(np.repeat(np.arange(60), 4), 200)
        draws = np.array([weights @ values / weights.sum() for weights in resamples.weights()])
        shown = interval(float(values.mean()), draws)
        covered += shown.low <= 0 <= shown.high
    assert covered >= 180


def test_a_fit_that_is_not_recommended_or_broken_does_not_serve_in_silence(tmp_path: Path) -> None:
    (tmp_path / "leak.csv").write_text(noise(60), encoding="utf-8")
    fungible(tmp_path, "fit", "leak.csv", "--out", "fit", "--ignore", "customer")
    assert "is not recommended" in reader_warning(tmp_path / "fit")
    assert reader_warning(None) == ""
    with np.load(tmp_path / "fit" / "fit.npz") as arrays:
        np.savez(tmp_path / "fit" / "fit.npz", **{**arrays, "abilities": arrays["abilities"] * np.nan})
    manifest = json.loads((tmp_path / "fit" / "manifest.json").read_text())
    manifest["sha256"] = sha256((tmp_path / "fit" / "fit.npz").read_bytes()).hexdigest()
    (tmp_path / "fit" / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ConfigError, match="abilities are not finite"):
        reader_warning(tmp_path / "fit")
