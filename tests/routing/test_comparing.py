"""Whatever decides is compared on the same prompts, by differences whose intervals hold together."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from router.api.assembly import shipped_reader
from router.bench.routing.compare_readers import Bench, Report
from router.bench.routing.comparison.equal_terms import cost_for, score_at
from router.bench.routing.comparison.operating_points import point_within, reference_point
from router.bench.routing.comparison.simultaneous import Drawn, together
from router.bench.routing.comparison.slices import length_kind
from router.bench.routing.contenders.endpoint_choices import EndpointChoices
from router.bench.routing.contenders.recorded_choices import column_choices, places_of
from router.bench.routing.contenders.wanted import Wanted, parse_wanted
from router.bench.routing.fitting import keep, learn
from router.bench.routing.outcome_table import Outcomes, read_outcomes
from router.bench.routing.readers.given_reader import given
from router.bench.routing.records.decision_rows import decision_rows, write_decisions
from router.bench.routing.records.sheets import sheets
from router.bench.routing.records.table_formats import FORMATS, formatted
from router.bench.routing.tables.declared import Declared
from router.config import load
from router.errors import BadRequest, ConfigError
from routing.test_fit import table as texts

WORDS = ["river", "lamp", "stone", "cloud", "green", "paper", "eight", "north", "winter", "garden", "copper", "tiger"]


def table(count: int = 80) -> Outcomes:
    """The strong model is right always, the weak one on every second prompt; another router's choices know that."""
    random = np.random.default_rng(3)
    prompts = tuple(f"{number} {' '.join(random.choice(WORDS, 6))}" for number in range(count))
    weak = (np.arange(count) % 2).astype(float)
    scores = np.column_stack([np.ones(count), weak])
    labels = {
        "theirs": tuple("strong" if right == 0 else "WEAK-2024-05-01" for right in weak),
        "source": tuple("abc"[number % 3] for number in range(count)),
    }
    costs = np.tile([0.002, 0.001], (count, 1))
    return Outcomes(
        name="t", prompts=prompts, models=("strong", "weak"), scores=scores, costs=costs, labels=labels, source="source"
    )


def compared(*words: str, outcomes: Outcomes | None = None, **more: Any) -> Report:
    bench = Bench(reader=shipped_reader(), readers=(), compare=parse_wanted(words), rounds=60, **more)
    (report,) = bench.run([outcomes or table()])
    return report


def test_recorded_choices_are_measured_beside_models_length_and_the_oracle() -> None:
    report = compared("column:theirs", "model:strong", "model:weak", "length", "oracle", "random")
    rows = {(row.contender, row.measure): row for row in report.differences}
    strong = rows["model strong", "cost"]
    assert strong.value == pytest.approx(0.5)
    assert strong.low > 0
    assert rows["model strong", "score"].value == 0
    assert rows["model weak", "score"].value == pytest.approx(-0.5)
    assert rows["model weak", "score"].high < 0
    assert rows["oracle", "score"].value == 0
    assert rows["model strong", "cost at equal score"].value > 0
    assert rows["length", "APGR"].value < 0
    # A choice between the two models is also an answer to where the strong one is needed.
    apgr = {pair.reader: pair.apgr.value for pair in report.pairs}
    assert apgr["column theirs"] == pytest.approx(0.75, abs=0.02)


def test_differences_are_told_by_task_language_length_and_source() -> None:
    report = compared("column:theirs", "model:weak", by=["source"])
    by = {row.by for row in report.slices}
    assert "source" in by
    (row,) = [row for row in report.slices if row.by == "source" and row.kind == "a" and row.contender == "model weak"]
    assert row.difference is not None
    assert row.difference.high < 0
    assert row.prompts == 27


def test_policies_are_compared_where_the_catalog_has_the_models() -> None:
    outcomes = table(40)
    known = Outcomes(
        name="t", prompts=outcomes.prompts, models=("gpt-5", "phi-4"), scores=outcomes.scores, labels=outcomes.labels
    )
    report = compared("policy:cost", "policy:quality", outcomes=known, config=load(), policies=["cost", "quality"])
    assert {row.contender for row in report.differences} == {"policy quality"}
    assert set(report.robustness) == {"policy cost", "policy quality"}
    # The catalog's prices are taken where the table has no costs, and where nobody has any, nothing is said of money.
    assert "AIQ" in {row.measure for row in report.differences}
    bare = compared("column:theirs", "model:weak", outcomes=replace(outcomes, costs=None))
    assert bare.routers == ()
    assert {row.measure for row in bare.differences} <= {"score", "APGR"}
    with pytest.raises(BadRequest, match="needs a configuration"):
        compared("policy:cost", outcomes=known)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["magic"], "none of random, length"),
        (["policy:"], "names no policy"),
        (["policy"], "names no policy"),
        (["polcy:cost"], "Did you mean 'policy'"),
        (["length", "length"], "twice"),
    ],
)
def test_what_is_no_contender_is_said(words: list[str], sentence: str) -> None:
    with pytest.raises(BadRequest, match=sentence):
        parse_wanted(words)


def test_names_of_choices_may_have_case_and_dates() -> None:
    assert places_of(["GPT-5", "gpt-5-mini-2026-01-01", "gpt-5-pro", ""], ["gpt-5", "gpt-5-mini"]).tolist() == [
        0,
        1,
        -1,
        -1,
    ]
    with pytest.raises(ConfigError, match="names no model of the table; it holds 'a', 'b', 'c'"):
        column_choices(table(), "source")
    with pytest.raises(ConfigError, match="has no column"):
        column_choices(table(), "none")


def test_kept_columns_are_no_models(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("prompt,a,b,picked,dataset\np,1,0,a,x\nq,0,1,,x\n")
    read = read_outcomes(tmp_path / "t.csv", Declared(kept=("picked",)))
    assert read.models == ("a", "b")
    assert read.labels == {"picked": ("a", ""), "dataset": ("x", "x")}
    assert read.source == "dataset"
    with pytest.raises(ConfigError, match="no column is called 'nobody'"):
        read_outcomes(tmp_path / "t.csv", Declared(kept=("nobody",)))
    (tmp_path / "long.csv").write_text("prompt,model,score,picked\np,a,1,b\np,b,0,b\n")
    assert read_outcomes(tmp_path / "long.csv", Declared(kept=("picked",))).labels["picked"] == ("b",)


def test_intervals_of_many_differences_hold_together() -> None:
    """Twenty differences without any truth: any interval misses in one of twenty tables, and not in two of three."""
    random, missed, runs = np.random.default_rng(0), 0, 200
    for _ in range(runs):
        data = random.standard_normal((60, 20))
        weights = random.multinomial(60, np.full(60, 1 / 60), 150) / 60
        draws = weights @ data
        drawn = [Drawn(float(mean), draws[:, place]) for place, mean in enumerate(data.mean(axis=0))]
        missed += any(not row.low <= 0 <= row.high for row in together(drawn))
    assert missed / runs < 0.12


def test_what_does_not_vary_and_what_is_not_finite_takes_no_part() -> None:
    still, never = np.zeros(20), np.full(20, np.inf)
    moving = np.linspace(-1, 1, 20)
    rows = together([Drawn(0.0, still), Drawn(1.0, still + 1), Drawn(np.inf, never), Drawn(0.0, moving)])
    assert (rows[0].low, rows[0].high, rows[0].p) == (0, 0, 1)
    assert rows[1].p == pytest.approx(1 / 21)
    assert np.isnan(rows[2].low)
    assert rows[3] == together([Drawn(0.0, moving)])[0]
    assert together([]) == []


def test_equal_terms_mix_with_the_cheapest_and_the_best() -> None:
    costs, quality, single, price = np.array([2.0]), np.array([0.9]), np.array([0.5, 0.8]), np.array([1.0, 3.0])
    assert score_at(1.5, costs, quality, single, price) == pytest.approx(0.7)
    assert score_at(9.0, costs, quality, single, price) == pytest.approx(0.9)
    assert cost_for(0.7, costs, quality, single, price) == pytest.approx(1.5)
    assert cost_for(0.95, costs, quality, single, price) == float("inf")


def test_lengths_are_in_four_classes() -> None:
    assert [length_kind("x" * size) for size in (1, 200, 1000, 4000)] == [
        "under 200 characters",
        "200 to 999",
        "1,000 to 3,999",
        "4,000 or more",
    ]


@contextmanager
def server(routes: dict[str, tuple[int, Any]]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            status, body = routes.get(self.path, (404, {"error": {"message": "no such path"}}))
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.server_port}/v1"
        finally:
            listening.shutdown()
            thread.join()


def test_an_endpoint_is_asked_for_decisions_or_for_answers() -> None:
    answer = {"model": "weak-2024-01-01", "choices": [{"message": {"content": "x"}, "finish_reason": "stop"}]}
    with server({"/v1/route": (200, {"chosen": "strong"})}) as url:
        assert EndpointChoices(f"{url}#balanced").choose(["p", "q", "p"]) == ["strong"] * 3
    with server({"/v1/chat/completions": (200, answer)}) as url:
        choices = EndpointChoices(url)
        report = compared("column:theirs", f"url:{url}", outcomes=table(20), endpoints={url: choices})
        assert not choices.decides
    assert next(row for row in report.differences if row.measure == "score").value == pytest.approx(-0.5)
    with server({"/v1/route": (422, {"error": {"message": "nobody"}})}) as url:
        assert EndpointChoices(url).choose(["p", "q"]) == ["", ""]
    refusing = {"/v1/route": (401, {"error": {"message": "who are you"}})}
    with server(refusing) as url, pytest.raises(BadRequest, match=r"401: who are you.*--key-env"):
        EndpointChoices(url).choose(["p"])


def test_sheets_come_in_every_format() -> None:
    report = compared("column:theirs", "model:weak", by=["source"])
    every = list(sheets(report))
    texts = {kind: formatted(every, kind) for kind in FORMATS}
    assert "| contender | measure |" in texts["md"]
    assert "max-T" in texts["md"]
    assert r"95 \%" in texts["latex"]
    assert texts["latex"].count(r"\begin{tabular}") == texts["latex"].count(r"\end{tabular}") == len(every)
    assert texts["csv"].startswith("table,reader")
    escaped = formatted([type(every[0])("a_b", ("x|y",), (("1&2",),))], "latex")
    assert r"a\_b" in escaped
    assert r"1\&2" in escaped


def test_every_decision_is_a_row(tmp_path: Path) -> None:
    outcomes = table()
    report = compared("column:theirs", "model:weak", "random", outcomes=outcomes)
    rows = list(decision_rows(outcomes, report))
    assert len(rows) == 2 * len(outcomes.prompts)  # chance decides nothing
    assert rows[0]["chosen"] == "strong"
    assert not any(outcomes.prompts[0] in str(row.values()) for row in rows)
    assert write_decisions([outcomes], [report], tmp_path / "d.jsonl") == len(rows)
    assert len((tmp_path / "d.jsonl").read_text().splitlines()) == len(rows)
    parquet = pytest.importorskip("pyarrow.parquet")
    write_decisions([outcomes], [report], tmp_path / "d.parquet")
    assert parquet.read_table(tmp_path / "d.parquet").to_pylist() == rows
    with pytest.raises(BadRequest, match="ends in none of these"):
        write_decisions([outcomes], [report], tmp_path / "d.txt")
    with pytest.raises(ConfigError, match="cannot be written"):
        write_decisions([outcomes], [report], tmp_path / "none" / "d.jsonl")


def test_labels_name_what_was_asked_for() -> None:
    labels = [Wanted(kind, name).label for kind, name in (("policy", "cost"), ("hull", ""), ("length", ""))]
    assert labels == ["policy cost", "hull of single models", "length"]


def test_readers_are_contenders_too(tmp_path: Path) -> None:
    planted = texts(120)
    shipped = shipped_reader()
    learned = learn(planted, shipped, None, None, lambda: None, rounds=20)
    (tmp_path / "t.csv").write_text("x")
    keep(learned, tmp_path / "t.csv", tmp_path / "fit", date(2026, 11, 29))
    name = str(tmp_path / "fit")
    words = ["fit", "shipped", "hull", f"reader:{name}"]
    bench = Bench(
        reader=shipped,
        readers=("fit",),
        compare=parse_wanted(words),
        rounds=20,
        fitted={name: given(tmp_path / "fit", shipped)},
    )
    (report,) = bench.run([replace(planted, costs=np.tile([0.002, 0.001], (120, 1)))])
    assert [pair.reader for pair in report.pairs] == ["fit", "shipped", f"reader {name}"]
    assert {row.measure for row in report.differences if row.contender == "shipped"} >= {"APGR", "AIQ"}
    assert set(report.robustness) == {"shipped", f"reader {name}"}
    # Of three models the reader knows two: it is measured by how hard it finds a prompt.
    more = replace(planted, models=("a", "b", "c"), scores=np.column_stack([planted.scores, planted.scores[:, 0]]))
    (other,) = replace(bench, readers=(), compare=parse_wanted(words[1:])).run([more])
    assert [pair.reader for pair in other.pairs] == ["shipped", f"reader {name}"]


def test_a_reference_that_never_reaches_enough_is_taken_at_its_best() -> None:
    class Standing:
        def __init__(self, costs: tuple[float, ...], quality: tuple[float, ...]) -> None:
            self.costs, self.quality = costs, quality

    first: Any = Standing((1.0, 2.0, 3.0), (0.2, 0.5, 0.4))
    assert reference_point(first, 1.0) == 1
    assert reference_point(first, 0.4) == 1
    assert point_within(first, 2.5) == 1
    assert point_within(first, 0.5) == 0
