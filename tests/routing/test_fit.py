"""Learning from outcomes: what was planted is found, what is not there is not, and the files can be trusted."""

import json
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from router.api.assembly import reader_of, shipped_reader
from router.bench.routing.fitting import Learned, keep, learn
from router.bench.routing.outcome_table import Outcomes, read_outcomes
from router.cli.fit import verdict
from router.config.files.reader_files import load_fit
from router.decision.features import excerpt
from router.errors import ConfigError
from router.types import Message

EASY = ["maple", "river", "stone", "cloud", "grass"]
HARD = ["lemma", "proof", "limit", "field", "group"]


def table(count: int = 400, seed: int = 0, planted: bool = True) -> Outcomes:
    """Prompts of easy and hard words; the strong model does both, the weak one fails at the hard ones."""
    random = np.random.default_rng(seed)
    prompts, scores = [], []
    for number in range(count):
        hard = bool(random.random() < 0.5)
        words = random.choice(HARD if hard else EASY, 4)
        prompts.append(f"Question {number}: {' '.join(words)}?")
        weak = 0.15 if hard and planted else 0.85 if planted else 0.5
        scores.append([float(random.random() < 0.9), float(random.random() < weak)])
    return Outcomes("planted", tuple(prompts), ("strong", "weak"), np.array(scores))


def learned(outcomes: Outcomes) -> Learned:
    return learn(outcomes, shipped_reader(), None, None, lambda: None, rounds=100)


def test_planted_difficulty_is_found_out_of_fold() -> None:
    learnt = learned(table())
    random, length, fit = learnt.scores
    assert (learnt.strong, learnt.weak) == ("strong", "weak")
    assert fit.apgr.low > random.apgr.high
    assert fit.apgr.value > length.apgr.value + 0.1
    assert learnt.recommended
    assert learnt.calibration < 0.08
    as_long = replace(learnt, scores=(random, replace(length, apgr=fit.apgr), fit))
    assert not as_long.recommended
    assert "the length of a prompt alone does as well" in verdict(as_long)


def test_noise_is_not_recommended() -> None:
    outcomes = table(seed=3)
    shuffled = np.random.default_rng(5).permutation(outcomes.scores[:, 1])
    noise = Outcomes("noise", outcomes.prompts, outcomes.models, np.column_stack([outcomes.scores[:, 0], shuffled]))
    learnt = learned(noise)
    assert learnt.signal.value < 0.6
    assert learnt.recommended == (learnt.signal.low > 0.5 and learnt.signal.value > learnt.of_length)


def test_the_artefact_reads_as_the_fit_did_and_hard_is_harder(tmp_path: Path) -> None:
    source = tmp_path / "outcomes.csv"
    source.write_text("prompt,strong,weak\n")
    manifest = keep(learned(table()), source, tmp_path / "fit", date(2026, 11, 21))
    reader = reader_of(tmp_path / "fit")
    easy, hard = (
        reader.read(excerpt((Message("user", f"Question 9: {' '.join(words[:4])}?"),))) for words in (EASY, HARD)
    )
    assert hard.traits != easy.traits
    _, saved = load_fit(tmp_path / "fit")
    assert saved["data_sha256"] == manifest["data_sha256"]
    assert saved["recommended"] is True
    assert {score["regime"] for score in saved["measures"]} == {"none", "in-domain"}
    assert '"strong":' in (tmp_path / "fit" / "catalog-fragment.yaml").read_text()


@pytest.mark.parametrize("harm", ["cut", "format", "pickle", "missing", "shape"])
def test_a_damaged_artefact_is_refused(tmp_path: Path, harm: str) -> None:
    source = tmp_path / "outcomes.csv"
    source.write_text("x")
    folder = tmp_path / "fit"
    keep(learned(table(200)), source, folder, date(2026, 11, 21))
    if harm == "cut":
        (folder / "fit.npz").write_bytes((folder / "fit.npz").read_bytes()[:-7])
    elif harm == "pickle":
        np.savez(folder / "fit.npz", idf=np.array([{"a": 1}], dtype=object))
    elif harm == "shape":
        with np.load(folder / "fit.npz") as arrays:
            np.savez(folder / "fit.npz", **{**arrays, "idf": arrays["idf"][:-1]})
        manifest = json.loads((folder / "manifest.json").read_text())
        manifest["sha256"] = sha256((folder / "fit.npz").read_bytes()).hexdigest()
        (folder / "manifest.json").write_text(json.dumps(manifest))
    elif harm == "format":
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps(manifest | {"format": 99}))
    else:
        (folder / "fit.npz").unlink()
    with pytest.raises(ConfigError, match="fit"):
        load_fit(folder)


def test_a_table_that_is_too_small_is_refused() -> None:
    with pytest.raises(ConfigError, match="100 prompts and two models or more"):
        learned(table(20))


def test_long_and_wide_tables_are_the_same(tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_text("prompt,subject,a,b\nfirst,x,1,0\nsecond,y,True,\n")
    long = [("first", "a", 1), ("first", "b", 0), ("second", "a", 1)]
    (tmp_path / "long.jsonl").write_text(
        "\n".join(json.dumps(dict(zip(("prompt", "model", "score"), row, strict=True))) for row in long)
    )
    wide, tall = read_outcomes(tmp_path / "wide.csv"), read_outcomes(tmp_path / "long.jsonl")
    assert wide.prompts == tall.prompts == ("first", "second")
    assert wide.models == tall.models == ("a", "b")
    np.testing.assert_array_equal(wide.scores, tall.scores)
    assert np.isnan(wide.scores[1, 1])


def test_parquet_tables_are_read(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    rows = pyarrow.table({"prompt": ["p", "q"], "a": [1.0, 0.5], "b": [0.0, 1.0]})
    parquet.write_table(rows, tmp_path / "t.parquet")
    assert read_outcomes(tmp_path / "t.parquet").scores.tolist() == [[1.0, 0.0], [0.5, 1.0]]


def test_bad_rows_are_named(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("prompt,a,b,contaminated\np,1,0,False\n,1,1,False\nq,7,1,False\nr,1,1,True\n")
    outcomes = read_outcomes(tmp_path / "t.csv")
    first, second, third = outcomes.faults
    assert first.startswith("t.csv:3: has no prompt")
    assert "t.csv:4" in second
    assert "7" in second
    assert third == "t.csv:5: is marked as contaminated"


@pytest.mark.parametrize("name", ["none.csv", "table.xlsx"])
def test_files_that_cannot_be_read_are_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        read_outcomes(tmp_path / name)
