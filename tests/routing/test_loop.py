"""The loop closes: outcomes out of the ledger, a table to learn from, estimates of policies, and drift."""

import asyncio
import csv
import shlex
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson
import pytest
from cli.running import fungible

from router.bench.loop.evaluate_policies import evaluate
from router.bench.loop.off_policy import Logged, estimate
from router.bench.loop.outcome_rows import outcome_rows
from router.bench.loop.own_words import read_words
from router.bench.routing.outcome_table import read_outcomes
from router.bench.routing.records.row_files import write_rows
from router.errors import BadRequest, ConfigError
from router.evidence.drift import Requests, changes
from router.serving.words.word_store import WordStore
from router.traffic.logged_outcomes import NO_WORDS, Outcome, Words, chances_of, logged_outcomes
from router.types import Moved


def simulated(seed: int, count: int = 400, share: float = 0.3) -> tuple[Logged, float]:
    """A policy that sends hard prompts to the strong model, on traffic of which a ramp moved a share; and its truth."""
    random = np.random.default_rng(seed)
    hard = random.random(count) < 0.5
    quality = np.where(hard, 0.9, 0.8)
    moved = random.random(count) < share
    seen = np.where(hard, ~moved, moved)
    score = (random.random(count) < quality).astype(float)
    chance = np.where(hard, 1 - share, share)
    predicted = np.full(count, 0.6)  # a model that is wrong
    logged = Logged(chance=chance, seen=seen, score=score, predicted=predicted, unit=np.arange(count))
    return logged, float(quality.mean())


def test_estimates_hold_the_truth_though_the_model_is_wrong() -> None:
    inside = {"ips": 0, "robust": 0, "model": 0}
    for seed in range(60):
        logged, truth = simulated(seed)
        made = estimate(logged, 100)
        inside["ips"] += made.inverse_propensity.low <= truth <= made.inverse_propensity.high
        inside["robust"] += made.doubly_robust.low <= truth <= made.doubly_robust.high
        inside["model"] += made.modelled.low <= truth <= made.modelled.high
    assert inside["ips"] >= 53
    assert inside["robust"] >= 53
    assert inside["model"] == 0


def test_what_cannot_be_seen_rests_on_the_model_and_is_counted() -> None:
    zeros = np.zeros(10)
    made = estimate(Logged(chance=zeros, seen=zeros > 0, score=zeros, predicted=zeros + 0.7, unit=np.arange(10)), 20)
    assert np.isnan(made.inverse_propensity.value)
    assert made.doubly_robust.value == pytest.approx(0.7)
    assert (made.covered, made.effective, made.seen) == (0.0, 0.0, 0)
    empty = np.zeros(0)
    none = estimate(Logged(chance=empty, seen=empty > 0, score=empty, predicted=empty, unit=np.zeros(0, np.int64)), 20)
    assert none.requests == 0
    logged, _ = simulated(0)
    weight = 1 / logged.chance[logged.seen]
    assert estimate(logged, 20).effective == pytest.approx(weight.sum() ** 2 / (weight**2).sum())


def requests(count: int, late_task: str = "chat", seed: int = 0, shift: float = 0.0) -> Requests:
    random = np.random.default_rng(seed)
    late = np.arange(count) >= count // 2
    task = [late_task if is_late and random.random() < 0.4 else "coding" for is_late in late]
    gap = random.standard_normal(count) * 0.1 - 0.2 * late * (shift != 0)
    return Requests(
        late=late,
        unit=np.arange(count) // 2,
        task=task,
        language=["en", "ko"] * (count // 2),
        difficulty=random.standard_normal(count) + shift * late,
        gap=gap,
    )


def test_drift_of_tasks_difficulty_and_calibration_is_shown() -> None:
    found = {change.what: change for change in changes(requests(200, shift=1.0), 100)}
    assert [name for name, change in found.items() if change.drifted] == ["task", "difficulty", "calibration"]
    assert found["task"].after["chat"] == pytest.approx(0.4, abs=0.12)
    assert found["language"].plain()["drifted"] is False


def test_outcomes_of_one_time_alone_say_nothing_of_calibration() -> None:
    seen = requests(200)
    early = replace(seen, gap=np.where(seen.late, np.nan, seen.gap))
    assert [change.what for change in changes(early, 20)] == ["task", "language", "difficulty"]


def test_what_has_not_changed_drifts_in_one_of_twenty() -> None:
    drifted = sum(any(change.drifted for change in changes(requests(120, "coding", seed), 60)) for seed in range(40))
    assert drifted <= 6
    assert changes(requests(40)) == ()


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two days of the demonstration, kept, with a rating and a check."""
    from router.bench.demo import days
    from router.config import from_documents, load
    from router.config.files.seed_data import load_workload
    from router.ledger.log.records import note

    folder = tmp_path_factory.mktemp("life") / "data"
    config = from_documents({**load().documents, "ramps.yaml": {"ramps": [days._PLAN]}})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(days, "DAYS", 2)
        patch.setattr(days, "A_DAY", 90)
        with days._life(config, folder) as lived:
            asyncio.run(lived.days(days._ordinary(load_workload()), lambda: None))
            words = lived.words
            rating = {"receipt": words[0]["receipt"], "rating": 1.0, "served": "gpt-5", "time": "2026-11-02T00:00:00Z"}
            with lived.ledger.log.writing() as database:
                note(database, lived.ledger.log, "feedback", "anonymous", words[0]["receipt"], orjson.dumps(rating))
    lines = [orjson.dumps(row | ({"score": 0} if number == 1 else {})) for number, row in enumerate(words)]
    (folder / "prompts.jsonl").write_bytes(b"\n".join(lines))
    yield folder


def test_a_table_is_made_from_pairs_ratings_and_checks(life: Path, tmp_path: Path) -> None:
    from router.ledger import SqliteLedger
    from router.ledger.location import LEDGER

    words = read_words(life / "prompts.jsonl")
    with closing(SqliteLedger(life / LEDGER)) as ledger:
        known = list(logged_outcomes(ledger, words))
        wordless = list(logged_outcomes(ledger, NO_WORDS))
    sources = {outcome.source for request in known for outcome in request.outcomes}
    assert sources == {"pair", "rating", "check"}
    assert all(0 < chance <= 1 for request in known for chance in request.chance.values())
    rows = list(outcome_rows(known, worded=True))
    assert {row["model"] for row in rows} == {"gpt-5", "mai-1"}
    assert write_rows(iter(rows), tmp_path / "t.csv", "--out") == len(rows)
    table = read_outcomes(tmp_path / "t.csv")
    assert set(table.models) == {"gpt-5", "mai-1"}
    assert table.costs is not None
    assert table.groups is not None
    assert list(outcome_rows(wordless, worded=True)) == []
    assert "prompt" not in next(outcome_rows(wordless, worded=False))


def test_policies_are_estimated_on_that_traffic(life: Path) -> None:
    from router.config import load
    from router.ledger import SqliteLedger
    from router.ledger.location import LEDGER

    with closing(SqliteLedger(life / LEDGER)) as ledger:
        known = list(logged_outcomes(ledger))
    made, refused = evaluate(known, load(), "quality")
    assert refused == 0
    assert made.requests == len(known)
    assert made.inverse_propensity.low <= made.inverse_propensity.value <= made.inverse_propensity.high
    other, _ = evaluate(known, load(), "cost")
    assert other.covered < made.covered


def test_the_command_writes_the_table_and_says_what_it_means(life: Path, tmp_path: Path) -> None:
    words = ["--data", str(life), "--words", str(life / "prompts.jsonl"), "--out", "t.jsonl", "--policy", "quality"]
    shown = fungible(tmp_path, "outcomes", *words, columns="80")
    assert shown.returncode == 0, shown.stderr
    assert "rows written to t.jsonl" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80
    plain = orjson.loads(fungible(tmp_path, "outcomes", *words, "--json").stdout)
    assert plain["policies"]["quality"]["requests"] == plain["requests"]
    bare = fungible(tmp_path, "outcomes", "--data", str(life), "--out", "u.csv")
    assert "Without --words the table has no prompts" in bare.stdout
    wrong = fungible(tmp_path, "outcomes", "--data", str(life), "--policy", "qualty")
    assert "Did you mean 'quality'" in wrong.stderr
    drifted = fungible(tmp_path, "drift", "--data", str(life), "--recent", "1", "--before", "1", "--fail")
    assert drifted.returncode in (0, 4)
    assert "calibration" in drifted.stdout
    assert orjson.loads(fungible(tmp_path, "drift", "--data", str(life), "--json").stdout)["changes"] == []


def test_words_that_the_server_kept_are_joined_and_label_next_names_requests(life: Path, tmp_path: Path) -> None:
    shutil.copytree(life, tmp_path / "d")
    prompts = read_words(life / "prompts.jsonl").prompts
    store = WordStore(tmp_path / "d", 3600.0)
    store.keep(prompts.items())
    store.close()
    made = fungible(tmp_path, "outcomes", "--data", "d", "--out", "t.jsonl")
    assert made.returncode == 0, made.stderr
    rows = [orjson.loads(line) for line in (tmp_path / "t.jsonl").read_bytes().splitlines()]
    assert rows
    assert all(row["prompt"] == prompts[row["receipt"]] for row in rows)
    shown = fungible(tmp_path, "outcomes", "--data", "d", "--label-next", "5", "--out", "l.csv", columns="80")
    assert shown.returncode == 0, shown.stderr
    assert "of the traffic is" in " ".join(shown.stdout.split())
    assert max(map(len, shown.stdout.splitlines())) <= 80
    # What was written is read again as a file of one's own, once its scores are filled in.
    text = (tmp_path / "l.csv").read_text(encoding="utf-8")
    chosen = [row["receipt"] for row in csv.DictReader(text.splitlines())]
    assert len(chosen) == 5
    known = {row["receipt"] for row in rows}
    assert not known & set(chosen)
    plain = orjson.loads(fungible(tmp_path, "outcomes", "--data", "d", "--label-next", "5", "--json").stdout)
    assert [each["receipt"] for each in plain] == chosen
    both = fungible(tmp_path, "outcomes", "--data", "d", "--label-next", "5", "--policy", "cost")
    assert both.returncode == 2
    judges = fungible(tmp_path, "outcomes", "--data", "d", "--judges", columns="80")
    assert judges.returncode == 0, judges.stderr
    assert "truth" in judges.stdout
    assert max(map(len, judges.stdout.splitlines())) <= 80


def test_words_that_are_wrong_are_named(tmp_path: Path) -> None:
    (tmp_path / "w.jsonl").write_text('{"receipt": "a", "prompt": "p", "score": 7}\n{"prompt": "p"}\nx')
    with pytest.raises(ConfigError) as raised:
        read_words(tmp_path / "w.jsonl")
    assert len(raised.value.problems) == 3
    (tmp_path / "w.csv").write_text("receipt,prompt,score\na,p,1\nb,,0\n")
    assert read_words(tmp_path / "w.csv") == Words({"a": "p"}, {"a": 1.0, "b": 0.0})


def test_rows_are_written_by_their_ending(tmp_path: Path) -> None:
    rows = [{"a": 1, "b": None}, {"a": 2, "b": 0.5}]
    for name in ("r.csv", "r.jsonl", "r.parquet"):
        assert write_rows(iter(rows), tmp_path / name, "--out") == 2
    assert write_rows(iter([]), tmp_path / "none.csv", "--out") == 0
    with pytest.raises(BadRequest, match="--out writes"):
        write_rows(iter(rows), tmp_path / "r.txt", "--out")


def test_the_walk_of_the_document_runs_as_it_stands(life: Path, tmp_path: Path) -> None:
    """All but its first command, which takes a minute: its folder is that of two days."""
    page = Path(__file__).resolve().parents[2] / "docs" / "fitting.md"
    block = page.read_text(encoding="utf-8").split("## From your own traffic")[1].split("```sh\n")[1].split("```")[0]
    first, *commands = block.strip().splitlines()
    assert first == "fungible demo --keep demo-data"
    shutil.copytree(life, tmp_path / "demo-data")
    for command in commands:
        words = shlex.split(command)
        if words[0] == "sed":
            text = (tmp_path / words[2]).read_text(encoding="utf-8")
            (tmp_path / words[4]).write_text(text.replace("band: 0.02", "band: 0.01"), encoding="utf-8")
            continue
        shown = fungible(tmp_path, *words[1:])
        # The fit of so little is perhaps not recommended, and says so.
        assert shown.returncode in ((0, 3) if words[1] == "fit" else (0,)), shown.stdout + shown.stderr
    assert "band: 0.01" in (tmp_path / "my-config" / "policies.yaml").read_text(encoding="utf-8")
    assert (tmp_path / "my-reader" / "fit.npz").exists()


def test_a_ramp_says_how_likely_an_outcome_was_to_be_seen(life: Path) -> None:
    from router.ledger import SqliteLedger
    from router.ledger.location import LEDGER

    with closing(SqliteLedger(life / LEDGER)) as ledger:
        receipt = next(logged_outcomes(ledger)).receipt
    rated = [Outcome("mai-1", 1.0, "rating")]

    def seen(arm: str | None, served: str = "mai-1", ramp: str = "r") -> dict[str, float]:
        moved = Moved(ramp, arm) if arm else None  # type: ignore[arg-type]
        decided = replace(receipt.decision, ramp=moved, chosen="mai-1")
        return dict(
            chances_of(replace(receipt, chosen="mai-1", served=served, decision=decided), rated, lambda _: {"r": 0.3})
        )

    assert seen("moved") == {"mai-1": 0.3}
    assert seen("not_yet") == seen("holdback") == {"mai-1": 0.7}
    assert seen(None) == {"mai-1": 1.0}
    assert seen("moved", ramp="unknown") == {}
    assert seen(None, served="phi-4") == {}  # what stood in for a failure was drawn by nobody
    pairs = [Outcome("a", 1.0, "pair"), Outcome("b", 0.0, "pair")]
    assert chances_of(receipt, pairs, lambda _: {}) == {"a": 1.0, "b": 1.0}
