"""`fungible audit` as a person types it, against small endpoints on loopback."""

import json
from pathlib import Path

import pytest
from audit_endpoint import Answer, endpoint, mixed, other, plain

from cli.running import Shown, fungible

PROMPTS = "\n".join(f"question {number}" for number in range(6))
PRICE = ("--price", "1/2")


def audited(folder: Path, answer: Answer, *words: str, broken: int = 0, usage: bool = True) -> Shown:
    (folder / "prompts.txt").write_text(PROMPTS)
    with endpoint(answer, broken=broken, usage=usage) as audited_one, endpoint(plain()) as reference:
        return fungible(
            folder, "audit", audited_one.url, "--model", "model-a", "--reference", reference.url, "--prompts",
            "prompts.txt", *words,
        )  # fmt: skip


def test_another_model_is_shown_with_a_transcript_that_verifies(tmp_path: Path) -> None:
    words = "--transcript", "t.jsonl", "--html", "r.html", *PRICE, "--budget", "1USD"
    shown = audited(tmp_path, other(), *words)
    assert shown.returncode == 1, shown.stderr
    assert "Another model answers" in shown.stderr
    assert "It could also be" in shown.stderr
    page = (tmp_path / "r.html").read_text()
    assert "Another model answers" in page and "<svg" in page and "http://www" not in page
    verified = fungible(tmp_path, "audit", "verify", "t.jsonl")
    assert verified.returncode == 0, verified.stderr
    assert "another_model" in verified.stdout
    assert "question" not in (tmp_path / "t.jsonl").read_text()


def test_the_same_model_is_cleared(tmp_path: Path) -> None:
    shown = audited(tmp_path, plain(), "--calls", "250", "--share", "0.5", "--alpha", "0.001", "--json", *PRICE)
    report = json.loads(shown.stdout)
    assert (shown.returncode, report["end"], report["stop"]) == (0, "nothing_found", "calls")
    assert report["seen"] <= 0.5
    # 8 of the pilot and 500 of the rounds, at ten tokens in and twenty out: exactly this.
    assert report["spent_usd"] == "0.0254"


def test_too_few_calls_are_inconclusive(tmp_path: Path) -> None:
    shown = audited(tmp_path, plain(), "--calls", "20")
    assert shown.returncode == 3
    assert "Inconclusive is not clean" in shown.stderr


def test_a_failing_endpoint_is_inconclusive(tmp_path: Path) -> None:
    shown = audited(tmp_path, other(), "--calls", "60", "--json", broken=1)
    report = json.loads(shown.stdout)
    assert (shown.returncode, report["end"], report["stop"]) == (3, "inconclusive", "failing")
    assert report["rounds"] == 0


def test_the_budget_is_never_passed(tmp_path: Path) -> None:
    for usage in (True, False):
        words = "--calls", "500", "--budget", "0.01USD", "--json", *PRICE
        report = json.loads(audited(tmp_path, plain(), *words, usage=usage).stdout)
        assert report["stop"] == "budget"
        assert float(report["spent_usd"]) <= 0.01


def test_what_says_that_it_is_another_is_declared_and_not_silent(tmp_path: Path) -> None:
    shown = audited(tmp_path, mixed(0.3), "--calls", "400", "--share", "0.5", "--alpha", "0.001", "--json")
    report = json.loads(shown.stdout)
    assert report["end"] == "nothing_found"
    assert report["declared"]["model-b"] > 20
    (finding,) = [row for row in report["findings"] if row["check"] == "served name"]
    assert finding["weight"] == "declared"


def test_a_plan_spends_a_pilot_and_no_more(tmp_path: Path) -> None:
    shown = audited(tmp_path, other(), "--plan", *PRICE)
    assert shown.returncode == 0
    assert "a share of  10% shows within" in shown.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--budget", "2USD"), "--budget needs a price"),
        (("--budget", "much", *PRICE), "is no amount"),
        (("--price", "cheap"), "is no price"),
        (("--key-env", "NO_SUCH_VARIABLE"), "$NO_SUCH_VARIABLE is not set"),
        (("--substitutes", "prompts.txt"), "fungible audit enroll"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    shown = audited(tmp_path, plain(), *words)
    assert shown.returncode == 2
    assert sentence in shown.stderr


def test_an_address_that_is_none_is_refused(tmp_path: Path) -> None:
    shown = fungible(tmp_path, "audit", "ftp://x/v1", "--model", "m", "--reference", "http://127.0.0.1:9/v1")
    assert shown.returncode == 2
    assert "is no address" in shown.stderr


def enroll(folder: Path, answer: Answer, model: str, *words: str) -> Shown:
    (folder / "prompts.txt").write_text(PROMPTS)
    with endpoint(answer) as asked:
        out = f"{model}.json"
        return fungible(
            folder, "audit", "enroll", asked.url, "--model", model, "--out", out, "--prompts", "prompts.txt", *words
        )


def test_an_enrolled_substitute_is_named_and_its_share_measured(tmp_path: Path) -> None:
    assert enroll(tmp_path, other("model-b"), "model-b", "--answers", "40").returncode == 0
    assert enroll(tmp_path, plain(), "model-a", "--answers", "4").returncode == 0
    words = "--substitutes", "model-b.json", "--substitutes", "model-a.json", "--full", "--calls", "110", "--json"
    report = json.loads(audited(tmp_path, mixed(0.4, "model-a"), *words).stdout)
    assert (report["end"], report["nearest"]) == ("another_model", "model-b")
    (row,) = report["substitutes"]
    assert row["low"] <= 0.4 <= row["high"]
    assert (report["stop"], report["rounds"]) == ("calls", 110)
    assert row["high"] - row["low"] < 0.5


def test_an_enrolled_reference_serves_until_it_is_used_up(tmp_path: Path) -> None:
    assert enroll(tmp_path, plain(), "model-a", "--answers", "3", "--json").returncode == 0
    assert enroll(tmp_path, plain(), "model-a").returncode == 2
    with endpoint(plain()) as asked:
        shown = fungible(tmp_path, "audit", asked.url, "--model", "model-a", "--reference", "model-a.json", "--json")
    report = json.loads(shown.stdout)
    assert (report["stop"], report["rounds"]) == ("reference_used_up", 18)


def test_a_transcript_that_was_changed_does_not_verify(tmp_path: Path) -> None:
    audited(tmp_path, other(), "--alpha", "0.00001", "--transcript", "t.jsonl")
    path = tmp_path / "t.jsonl"
    lines = path.read_text().splitlines()
    for name, changed in {
        "wealth": [line.replace('"log_wealth":', '"log_wealth":1') for line in lines],
        "removed": lines[:3] + lines[4:],
        "no head": lines[:5],
    }.items():
        path.write_text("\n".join(changed) + "\n")
        shown = fungible(tmp_path, "audit", "verify", "t.jsonl", "--json")
        assert shown.returncode == 1, name
        assert json.loads(shown.stdout)["verified"] is False
    cut_off = lines[:14]
    path.write_text("\n".join(cut_off) + '\n{"leaf": {"ki')
    shown = fungible(tmp_path, "audit", "verify", "t.jsonl", "--json")
    assert (shown.returncode, json.loads(shown.stdout)["end"]) == (0, None)


def test_a_transcript_needs_a_key(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text("{}\n")
    assert fungible(tmp_path, "audit", "verify", "t.jsonl").returncode == 2
