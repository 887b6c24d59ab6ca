"""Tables as projects publish them, small ones of our own in each shape: what is read, and what is said of the rest."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.bench.routing.outcome_table import Outcomes, read_outcomes
from router.bench.routing.tables.declared import Declared, parse_scale
from router.bench.routing.tables.score_words import amount_of, score_of
from router.errors import BadRequest, ConfigError


def csv(folder: Path, text: str, declared: Declared | None = None, name: str = "t.csv") -> Outcomes:
    (folder / name).write_text(text, encoding="utf-8")
    return read_outcomes(folder / name, declared or Declared())


def jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def test_routerbench(tmp_path: Path) -> None:
    table = csv(
        tmp_path,
        "sample_id,prompt,eval_name,big/x,small,big/x|model_response,small|model_response,big/x|total_cost,"
        "small|total_cost,oracle_model_to_route_to\n"
        "m.1,\"['What is two and two?']\",m,1.0,0.5,four,five,0.002,0.0001,small\n"
        "m.2,\"['Why?']\",m,0.0,0.25,so,so,0.003,0.0002,small\n",
    )
    assert table.models == ("big/x", "small")
    assert table.prompts == ("What is two and two?", "Why?")
    assert table.scores.tolist() == [[1, 0.5], [0, 0.25]]
    assert table.costs is not None
    assert table.costs.tolist() == [[0.002, 0.0001], [0.003, 0.0002]]
    assert (table.faults, len(table.notes)) == ((), 1)


def test_routerarena(tmp_path: Path) -> None:
    rows = [
        {
            "global_index": f"AIME_{number}",
            "question": f"Question {number}",
            "llm_selected": model,
            "batch_index": 0,
            "evaluation_result": {"score": score, "inference_cost": 0.001 * (number + 1)},
        }
        for number, model, score in ((0, "a", 1.0), (0, "b", 0.0), (1, "a", 0.5))
    ]
    table = read_outcomes(jsonl(tmp_path / "cached.jsonl", rows))
    assert table.models == ("a", "b")
    np.testing.assert_array_equal(table.scores, [[1, 0], [0.5, np.nan]])
    assert table.costs is not None
    assert table.costs[1, 0] == pytest.approx(0.002)


def test_llmrouter_and_its_token_counts(tmp_path: Path) -> None:
    rows = [
        {
            "task_name": "logic",
            "query": f"Who sits {place}?",
            "metric": "em",
            "model_name": model,
            "performance": score,
            "token_num": 9,
            "response_time": 0.5,
            "embedding_id": 0,
        }
        for place in ("left", "right")
        for model, score in (("a", 1.0), ("b", 0.0))
    ]
    table = read_outcomes(jsonl(tmp_path / "routing.jsonl", rows))
    assert (table.models, table.scores.tolist()) == (("a", "b"), [[1, 0], [1, 0]])


def test_llmrouterbench_is_a_folder_of_runs(tmp_path: Path) -> None:
    for model, score in (("a", 1.0), ("b", 0.0)):
        run = {
            "model_name": model,
            "dataset_name": "aime",
            "performance": score,
            "records": [
                {"index": 1, "origin_query": "How many?", "prompt": "P: How many?", "score": score, "cost": 0.01}
            ],
        }
        path = tmp_path / "bench" / "aime" / model / "run.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(run))
    table = read_outcomes(tmp_path / "bench")
    assert (table.prompts, table.models, table.scores.tolist()) == (("How many?",), ("a", "b"), [[1, 0]])


def test_routellm_leaves_out_what_is_contaminated(tmp_path: Path) -> None:
    table = csv(
        tmp_path, "prompt,x/weak,strong,x/weak_response,contaminated\np,True,False,4,False\nq,True,True,5,True\n"
    )
    assert (table.models, table.scores.tolist()) == (("x/weak", "strong"), [[1, 0]])
    assert table.faults == ("t.csv:3: is marked as contaminated",)


def test_mmlu_pro_counts_what_was_predicted(tmp_path: Path) -> None:
    for model, said in (("small", ["A", None]), ("big", ["B", "A"])):
        rows = [
            {"question_id": n, "question": f"Which {n}?", "options": ["x", "y"], "answer": "B", "pred": pred}
            for n, pred in enumerate(said)
        ]
        (tmp_path / f"model_outputs_{model}_5shots.json").write_text(json.dumps(rows))
    table = read_outcomes(tmp_path)
    assert table.models == ("big", "small")
    assert table.prompts[0] == "Which 0?\nA. x\nB. y"
    assert table.scores.tolist() == [[1, 0], [0, 0]]


def test_samples_of_lm_evaluation_harness(tmp_path: Path) -> None:
    for model, right in (("org__big", 1.0), ("org__small", 0.0)):
        rows = [
            {
                "doc_id": 0,
                "doc": {"question": "2+2?"},
                "target": "4",
                "arguments": {"gen_args_0": {"arg_0": "Q: 2+2?\nA:", "arg_1": {"until": ["\n"]}}},
                "resps": [["4"]],
                "exact_match": right,
            }
        ]
        jsonl(tmp_path / model / "samples_math_2026-01-01.jsonl", rows)
        (tmp_path / model / "results_2026.json").write_text("{}")
    table = read_outcomes(tmp_path)
    assert (table.models, table.scores.tolist()) == (("org/big", "org/small"), [[1, 0]])
    assert table.prompts == ("Q: 2+2?\nA:",)


def test_a_long_table_of_several_metrics_needs_a_word(tmp_path: Path) -> None:
    text = "scenario,instance_id,input,model,metric,value\n" + "".join(
        f"mmlu,{n},Ask {n},m{m},{metric},{value}\n"
        for n in range(2)
        for m in range(2)
        for metric, value in (("exact_match", m), ("f1", 0.5))
    )
    with pytest.raises(ConfigError, match="say which counts with --metric"):
        csv(tmp_path, text)
    table = csv(tmp_path, text, Declared(metric="exact_match"))
    assert table.scores.tolist() == [[0, 1], [0, 1]]
    assert any("4 rows are not used" in note for note in table.notes)


def test_several_samples_are_averaged_and_counted(tmp_path: Path) -> None:
    table = csv(tmp_path, "prompt,model,score\nq,a,0\nq,a,1\nq,a,1\nq,a,1\nq,b,0\nr,a,1\nr,b,0\n")
    assert table.scores.tolist() == [[0.75, 0], [1, 0]]
    assert any("1 cell holds several samples" in note and "t.csv:2" in note for note in table.notes)
    nested = read_outcomes(jsonl(tmp_path / "n.jsonl", [{"prompt": "p", "scores": {"a": [0, 1, 1, 1], "b": 1}}]))
    assert nested.scores.tolist() == [[0.75, 1]]


def test_rows_of_one_prompt_that_disagree_are_named(tmp_path: Path) -> None:
    table = csv(tmp_path, "prompt,a,b\nq1,1,0\nq1,0,0\nq2,1,0\n")
    assert table.scores.tolist() == [[0.5, 0], [1, 0]]
    assert any("1 of them disagree (first seen at t.csv:2)" in note for note in table.notes)


@pytest.mark.parametrize(
    "name", ["latency", "batch_index", "a|total_cost", "output_tokens", "Response Time", "id", "", "Unnamed: 0"]
)
def test_a_measurement_is_no_model(tmp_path: Path, name: str) -> None:
    table = csv(tmp_path, f"prompt,a,b,{name}\nq,1,0,0.3\nr,0,1,0.2\ns,0,1,1\n")
    assert table.models == ("a", "b")


def test_fractions_beside_right_and_wrong_are_asked_about(tmp_path: Path) -> None:
    text = "prompt,a,b,spread\nq,1,0,0.3\nr,0,1,0.2\ns,0,1,0.7\n"
    with pytest.raises(ConfigError, match="'spread' holds fractions alone"):
        csv(tmp_path, text)
    assert csv(tmp_path, text, Declared(ignored=("spread",))).models == ("a", "b")
    assert csv(tmp_path, text, Declared(models=("a", "spread"))).models == ("a", "spread")


@pytest.mark.parametrize("text", ["prompt,a,a\nq,1,0\n", "Prompt\nq\n", "words,a,b\nq,1,0\n", 'prompt,a,b\n"x,1,0\n'])
def test_what_cannot_be_read_is_refused_with_its_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"t\.csv"):
        csv(tmp_path, text)


def test_the_header_that_was_seen_is_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the header that was seen is 'words', 'a', 'b'"):
        csv(tmp_path, "words,a,b\nq,1,0\n")


def test_ragged_rows_are_named_and_the_rest_is_used(tmp_path: Path) -> None:
    table = csv(tmp_path, "prompt,a,b\nq,1,0,7\nhi\nr,0,1\n")
    assert table.prompts == ("r",)
    assert table.faults == (
        "t.csv:2: has 4 cells where the header has 3",
        "t.csv:3: has 1 cells where the header has 3",
    )


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_other_separators_marks_and_headers(tmp_path: Path, mark: str) -> None:
    text = "\ufeffPrompt,a,b\nq,1,0\n".replace(",", mark)
    assert csv(tmp_path, text).scores.tolist() == [[1, 0]]


def test_packed_files_json_and_tsv(tmp_path: Path) -> None:
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"prompt,a,b\nq,1,0\n"))
    (tmp_path / "t.json").write_text('[{"prompt": "q", "a": 1, "b": 0}]')
    (tmp_path / "t.tsv").write_text("prompt\ta\tb\nq\t1\t0\n")
    for name in ("t.csv.gz", "t.json", "t.tsv"):
        assert read_outcomes(tmp_path / name).scores.tolist() == [[1, 0]]


@pytest.mark.parametrize(
    ("name", "raw"), [("t.csv.gz", b"\x1f\x8bno"), ("t.parquet", b"no"), ("t.json", b"{"), ("t.json", b"{}")]
)
def test_files_that_are_not_what_they_say_are_refused(tmp_path: Path, name: str, raw: bytes) -> None:
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(ConfigError, match=name):
        read_outcomes(tmp_path / name)


def test_conversations_are_what_the_user_said(tmp_path: Path) -> None:
    turns = [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi"},
        {"role": "user", "content": "Why"},
    ]
    table = read_outcomes(jsonl(tmp_path / "c.jsonl", [{"messages": turns, "scores": {"a": 1, "b": 0}}]))
    assert table.prompts == ("Hello\nWhy",)


@pytest.mark.parametrize(
    ("cell", "score"),
    [
        ("85%", 0.85),
        ("0,5", 0.5),
        ("correct", 1),
        ("no", 0),
        (True, 1),
        ("n/a", None),
        ("", None),
        (None, None),
        (1, 1),
    ],
)
def test_scores_as_people_write_them(cell: Any, score: float | None) -> None:
    assert score_of(cell) == score


@pytest.mark.parametrize("cell", ["85", "inf", "about 1", -0.1, {"a": 1}])
def test_what_is_no_score_is_said(cell: Any) -> None:
    assert isinstance(score_of(cell), str)


@given(st.floats(0, 10))
def test_a_scale_maps_onto_the_unit(value: float) -> None:
    assert score_of(value, (0, 10)) == pytest.approx(value / 10)
    assert score_of(str(value), (0, 10)) == pytest.approx(value / 10)


def test_scales_and_amounts() -> None:
    assert parse_scale("1:10") == (1, 10)
    with pytest.raises(BadRequest):
        parse_scale("10:1")
    assert amount_of("nan") is None
    assert isinstance(amount_of(-1), str)
