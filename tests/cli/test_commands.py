"""The commands as a person types them, far from the repository."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.running import fungible
from router.config import load
from router.decision.candidates import in_words


def in_a_process(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "router.cli", *words]
    environment = {"FUNGIBLE_DATA": str(folder / "data"), "COLUMNS": "150", "PATH": "", "NO_COLOR": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def rounded(text: str) -> Any:
    """JSON but for its last digits: those of single precision depend on where an array happens to lie in memory."""
    return json.loads(text, parse_float=lambda digits: round(float(digits), 6))


def test_a_process_of_its_own_far_from_the_repository_says_the_same(tmp_path: Path) -> None:
    words = ("explain", "Prove that every bounded sequence has a convergent subsequence.", "--json")
    result, shown = in_a_process(tmp_path, *words), fungible(tmp_path, *words)
    assert (result.returncode, rounded(result.stdout), result.stderr) == (0, rounded(shown.stdout), "")
    wrong = ("explain", "hi", "--config", "nowhere")
    assert (in_a_process(tmp_path, *wrong).returncode, fungible(tmp_path, *wrong).returncode) == (2, 2)


def test_explain_shows_every_model_and_why(tmp_path: Path) -> None:
    shown = fungible(tmp_path, "explain", "Prove that every bounded sequence has a convergent subsequence.")
    assert shown.returncode == 0, shown.stderr
    for model in load().models:
        assert (model.id in shown.stdout) is in_words(model)
    assert "Why" in shown.stdout
    assert "chosen" in shown.stdout


def test_explain_as_json_is_complete(tmp_path: Path) -> None:
    shown = fungible(tmp_path, "explain", "-", "--policy", "cost", "--json", stdin="이 계약서를 세 문장으로 요약해 줘")
    body = json.loads(shown.stdout)
    assert body["policy"] == "cost"
    assert body["features"]["language"] == "ko"
    assert body["features"]["task"] == "summarisation"
    assert len(body["candidates"]) == sum(map(in_words, load().models))
    for candidate in body["candidates"]:
        assert {"predicted_quality", "cost_usd", "latency_ms", "code", "flips"} <= set(candidate)


def test_explain_of_a_named_model_honours_consent(tmp_path: Path) -> None:
    body = json.loads(fungible(tmp_path, "explain", "hi", "-m", "phi-4", "--consent", "family", "--json").stdout)
    assert body["chosen"] == "phi-4"
    assert body["fallbacks"] == ["phi-4-mini"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["explain", "hi", "--model", "phi-5"], "Did you mean 'phi-4'"),
        (["explain", "hi", "--consent", "maybe"], "exact, family, owner, any"),
        (["explain", "  "], "empty"),
        (["explain", "hi", "--config", "nowhere"], "nowhere"),
        (["receipt", "none"], "none"),
        (["serve", "--config", "nowhere"], "nowhere"),
    ],
)
def test_mistakes_are_told_in_a_sentence(tmp_path: Path, words: list[str], sentence: str) -> None:
    shown = fungible(tmp_path, *words)
    assert shown.returncode == 2
    assert sentence in shown.stderr
    assert "Traceback" not in shown.stderr


def test_a_broken_file_is_told_by_line_and_column(tmp_path: Path) -> None:
    assert fungible(tmp_path, "init", "mine").returncode == 0
    policies = tmp_path / "mine" / "policies.yaml"
    text = policies.read_text().replace("band: 0.02\n    aliases", "bnad: 0.02\n    aliases", 1)
    policies.write_text(text)
    line = text.splitlines().index("    bnad: 0.02") + 1
    shown = fungible(tmp_path, "explain", "hi", "--config", "mine")
    assert shown.returncode == 2
    assert f"policies.yaml:{line}:5: unknown key 'bnad'" in shown.stderr
    assert "did you mean 'band'" in shown.stderr


def test_an_edited_policy_changes_the_choice(tmp_path: Path) -> None:
    fungible(tmp_path, "init", "mine")
    policies = tmp_path / "mine" / "policies.yaml"
    policies.write_text(policies.read_text().replace("    band: 0\n", "    band: 1\n", 1))
    before = json.loads(fungible(tmp_path, "explain", "Prove it.", "-p", "quality", "--json").stdout)
    after = json.loads(fungible(tmp_path, "explain", "Prove it.", "-p", "quality", "--json", "-c", "mine").stdout)
    assert before["chosen"] != after["chosen"] == "phi-4-mini"
    assert before["revision"] != after["revision"]


def test_init_writes_over_nothing(tmp_path: Path) -> None:
    fungible(tmp_path, "init", "mine")
    schema = json.loads((tmp_path / "mine" / "policies.schema.json").read_text(encoding="utf-8"))
    assert "policies" in schema["properties"]
    first = (tmp_path / "mine" / "policies.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first.endswith("$schema=policies.schema.json")
    (tmp_path / "mine" / "policies.yaml").write_text("mine")
    again = fungible(tmp_path, "init", "mine")
    assert again.returncode == 2
    assert "exists already" in again.stderr
    assert (tmp_path / "mine" / "policies.yaml").read_text() == "mine"


def test_demo_serves_the_whole_workload_under_every_policy_and_lives_through_twelve_days(tmp_path: Path) -> None:
    shown = fungible(tmp_path, "demo", "--json")
    body = json.loads(shown.stdout)
    runs, days = body["runs"], body["days"]
    assert {run["name"] for run in runs if run["kind"] == "policy"} == set(load().policies)
    assert all(run["answered"] + run["refused"] >= 400 for run in runs)
    shares = [day["share"] for day in days]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert all(float(day["cost_usd"]) <= float(day["cost_as_asked_usd"]) for day in days)
    # The task that was made worse goes back, and no other.
    assert days[7]["without"] == {}
    assert days[-1]["without"].keys() == {"translation"}
    cost = {run["name"]: float(run["cost_usd"]) for run in runs if run["kind"] == "policy"}
    assert cost["cost"] <= cost["balanced"] <= cost["quality"]


def test_version_and_help(tmp_path: Path) -> None:
    assert fungible(tmp_path, "--version").stdout.startswith("fungible ")
    for command in ("demo", "serve", "explain", "init", "receipt", "bench"):
        assert fungible(tmp_path, command, "--help").returncode == 0


@pytest.mark.parametrize("words", [("explain", "hi", "--svg"), ("demo", "--svg"), ("init",)])
def test_a_path_that_can_t_be_written_is_named(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    shown = fungible(tmp_path, *words, str(tmp_path / "file" / "below"))
    assert shown.returncode == 2
    assert "Traceback" not in shown.stderr
    assert "below: Not a directory." in shown.stderr


@pytest.mark.parametrize(("place", "because"), [("file/below", "Not a directory"), ("none/below", "No such file")])
def test_a_picture_that_can_t_be_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, because: str
) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    monkeypatch.setattr("router.cli.demo.run_all", None)
    shown = fungible(tmp_path, "demo", "--svg", place)
    assert (shown.returncode, because in shown.stderr) == (2, True)


def test_an_output_that_is_not_utf_8_shows_what_it_can(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "router.cli", "explain", "법률 자문이 필요합니다"]
    environment = {"FUNGIBLE_DATA": str(tmp_path), "COLUMNS": "80", "PATH": "", "PYTHONIOENCODING": "ascii"}
    shown = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "language ko" in shown.stdout
