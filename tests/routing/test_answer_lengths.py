"""A fit learns how long each model answers: planted lengths are found, kept, merged, and decided by."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import yaml

from router.api.assembly import reader_of, shipped_reader
from router.bench.routing.compare_readers import Bench
from router.bench.routing.fitting import keep, learn
from router.bench.routing.outcome_table import Outcomes, read_outcomes
from router.bench.routing.tables.answer_tokens import tokens_of
from router.config import load
from router.config.files.abilities_patch import with_lengths
from router.config.files.reader_files import load_fit
from router.config.files.yaml_source import parse
from router.config.load import SEEDS
from router.decision.candidates import expected_output
from router.decision.features import read
from router.errors import ConfigError
from router.reading.answer_lengths import Habits, habits, levels
from router.tokens import count
from router.types import ChatRequest, Message
from routing.test_fit import EASY, HARD, table

DAY = date(2026, 11, 29)
MODELS = ("gpt-5", "phi-4")


def planted(size: int = 300) -> Outcomes:
    """The first model answers hard prompts at length, the second always alike."""
    made = table(size)
    random = np.random.default_rng(1)
    hard = np.array([any(word in prompt for word in HARD) for prompt in made.prompts])
    usual = np.column_stack([np.where(hard, 800.0, 80.0), np.full(size, 200.0)])
    lengths = usual * np.exp(random.normal(0, 0.2, usual.shape))
    return Outcomes("planted", made.prompts, MODELS, made.scores, lengths=lengths)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("fit")
    (home / "t.csv").write_text("prompt,gpt-5,phi-4\n")
    keep(learn(planted(), shipped_reader(), None, None, lambda: None, rounds=50), home / "t.csv", home / "fit", DAY)
    return home / "fit"


def test_a_fit_knows_how_long_each_model_answers_and_decides_by_it(folder: Path, tmp_path: Path) -> None:
    fitted, manifest = load_fit(folder)
    assert fitted.lengths is not None
    assert manifest["lengths"]["phi-4"]["error"] < 0.7
    fragment = yaml.safe_load((folder / "catalog-fragment.yaml").read_text())
    assert len(fragment["lengths"]["gpt-5"]["loadings"]) == len(fragment["abilities"]["gpt-5"]["loadings"]) + 1
    seeds = parse((SEEDS / "catalog.yaml").read_bytes(), "catalog.yaml")
    text = with_lengths(seeds, MODELS, fitted.lengths.habits, 300, DAY)
    again = with_lengths(parse(text.encode(), "catalog.yaml"), MODELS, fitted.lengths.habits, 300, DAY)
    assert again == text
    (tmp_path / "catalog.yaml").write_text(text, encoding="utf-8")
    models = {model.id: model for model in load(tmp_path).models}
    reader = reader_of(folder)

    def tokens(model: str, words: list[str]) -> int:
        request = ChatRequest("auto", (Message("user", f"Question 9: {' '.join(words[:4])}?"),))
        return expected_output(models[model], read(request, reader, count))

    assert tokens("gpt-5", HARD) > 3 * tokens("gpt-5", EASY)
    assert tokens("phi-4", HARD) < 2 * tokens("phi-4", EASY)
    assert 400 < tokens("gpt-5", HARD) < 1400
    # Without traits, what is known is how long a model answers on the whole.
    plain = read(ChatRequest("auto", (Message("user", "hi"),)), shipped_reader(), count)
    assert expected_output(models["phi-4"], plain) > 0


def test_what_is_expected_is_out_of_fold_near_what_came() -> None:
    outcomes = planted()
    prices = {"gpt-5": (1.0, 10.0), "phi-4": (0.1, 0.4)}
    (report,) = Bench(reader=shipped_reader(), readers=("fit",), prices=prices, rounds=20).run([outcomes])
    names = [router.name for router in report.routers]
    assert names[:3] == ["fit", "fit, mean costs", "fit, true costs"]
    assert "lengths of the table" in report.costs_from
    free = Outcomes("c", outcomes.prompts, MODELS, outcomes.scores, costs=outcomes.lengths)
    (report,) = Bench(reader=shipped_reader(), readers=("fit",), rounds=20).run([free])
    assert [router.name for router in report.routers][:2] == ["fit", "fit, mean costs"]


def test_a_damaged_length_is_refused(folder: Path) -> None:
    load_fit(folder)
    with np.load(folder / "fit.npz") as arrays:
        changed = {**arrays, "length_habits": arrays["length_habits"][:, :-1]}
    from hashlib import sha256

    raw = (folder / "fit.npz").read_bytes()
    text = (folder / "manifest.json").read_text()
    np.savez(folder / "fit.npz", **changed)
    digest = sha256((folder / "fit.npz").read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(text.replace(sha256(raw).hexdigest(), digest))
    with pytest.raises(ConfigError, match="not a fitted reader"):
        load_fit(folder)
    (folder / "fit.npz").write_bytes(raw)
    (folder / "manifest.json").write_text(text)


def test_levels_and_habits_of_what_nobody_answered() -> None:
    lengths = np.array([[100.0, np.nan, np.nan], [400.0, 100.0, np.nan], [np.nan, np.nan, np.nan]])
    level = levels(lengths)
    assert np.isnan(level[2])
    assert level[1] > level[0]
    learned: Habits = habits(lengths[:2], np.zeros((2, 1)), level[:2], float(level[:2].mean()))
    assert learned.verbosity[2] == 1
    assert np.isfinite(learned.loadings).all()


def test_lengths_are_read_from_columns_answers_and_characters(tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_text("prompt,a,b,a|output_tokens,b_response\np,1,0,12,one two three\nq,0,1,8,four\n")
    wide = read_outcomes(tmp_path / "wide.csv")
    assert wide.lengths is not None
    assert wide.lengths.tolist() == [[12, 3], [8, 1]]
    (tmp_path / "long.csv").write_text("prompt,model,score,completion_tokens\np,a,1,5\np,b,0,\n")
    assert read_outcomes(tmp_path / "long.csv").lengths is None
    joined = tmp_path / "joined"
    joined.mkdir()
    (joined / "prompts.jsonl").write_text('{"id": 1, "prompt": "p"}\n{"id": 2, "prompt": "q"}\n')
    (joined / "outcomes.csv").write_text("id,a,b\n1,1,0\n2,0,1\n")
    (joined / "output_chars.csv").write_text("id,a,b,c\n1,40,80,9\n2,4,8,9\n3,1,1,1\n")
    both = read_outcomes(joined)
    assert both.lengths is not None
    assert both.lengths.tolist() == [[10, 20], [1, 2]]
    assert tokens_of(None) is None
