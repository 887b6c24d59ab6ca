"""`fungible audit --watch`: goes on, rings after a change, and refuses the file of another watch."""

import json
from pathlib import Path

from audit_endpoint import endpoint, other, plain

from cli.running import Shown, fungible

PROMPTS = "\n".join(f"question {number}" for number in range(4))


def watch(folder: Path, swapped_from: int, *words: str) -> Shown:
    (folder / "prompts.txt").write_text(PROMPTS)

    def answer(number: int, prompt: str) -> tuple[str, str]:
        return (other() if number > swapped_from else plain())(number, prompt)

    with endpoint(answer) as audited, endpoint(plain()) as reference:
        return fungible(
            folder, "audit", audited.url, "-m", "model-a", "--reference", reference.url, "--prompts", "prompts.txt",
            "--watch", "state.jsonl", "--every", "0", "--false-alarms", "100000", "--price", "1/2", "--json", *words,
        )  # fmt: skip


def test_it_rings_after_a_change_and_its_transcript_verifies(tmp_path: Path) -> None:
    shown = watch(tmp_path, 60, "--transcript", "t.jsonl")
    report = json.loads(shown.stdout)
    assert (shown.returncode, report["end"], report["stop"]) == (1, "another_model", "alarm")
    assert report["alarms"][0] > 60
    assert fungible(tmp_path, "audit", "verify", "t.jsonl").returncode == 0
    lines = (tmp_path / "state.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["alarm"] is True
    assert "question" in lines[1] and "answer" not in lines[1]


def test_a_budget_ends_it_and_the_file_of_another_watch_is_refused(tmp_path: Path) -> None:
    shown = watch(tmp_path, 10**6, "--budget", "0.01USD", "--max-tokens", "20")
    report = json.loads(shown.stdout)
    assert report["stop"] == "budget"
    assert float(report["spent_usd"]) <= 0.01
    refused = watch(tmp_path, 10**6)
    assert refused.returncode == 2
    assert "another watch" in refused.stderr
