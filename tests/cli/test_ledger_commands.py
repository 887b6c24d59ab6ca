"""`fungible ledger` and `fungible receipt` as a person uses them."""

import json
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from subprocess import run

import pytest
from unit.ledger_samples import ANSWER, PROMPT, fill, sample

from cli import running
from router.ledger import SqliteLedger

Fungible = Callable[..., running.Shown]
ONE = f"{7:032x}"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return sample(tmp_path / "data" / "ledger.sqlite3").parent


@pytest.fixture
def fungible(data: Path) -> Fungible:
    def call(*words: str, code: int = 0, ledger: bool = True) -> running.Shown:
        shown = running.fungible(data.parent, *words, *(["--data", str(data)] if ledger else []))
        assert shown.returncode == code, shown.stdout + shown.stderr
        return shown

    return call


@pytest.fixture
def key(fungible: Fungible) -> str:
    return str(json.loads(fungible("ledger", "head", "--json").stdout)["keys"][0])


def test_a_receipt_is_proved_and_verified_without_the_ledger(fungible: Fungible, data: Path, key: str) -> None:
    fungible("ledger", "prove", ONE, "--salts", "--out", "one.tlog-proof")
    (data.parent / "key").write_text(key)
    (data.parent / "prompt").write_text(PROMPT[0].text)
    request = {"model": "auto", "messages": [{"role": "user", "content": PROMPT[0].text}]}
    (data.parent / "request.json").write_text(json.dumps(request))
    (data.parent / "answer").write_text("".join(chunk.text for chunk in ANSWER))
    (data / "ledger.sqlite3").unlink()
    words = ["receipt", "verify", "one.tlog-proof", "--key", "key"]
    stdout = fungible(*words, "--prompt", "prompt", "--answer", "answer", ledger=False).stdout
    assert f"verified: request {ONE}" in stdout
    assert "entry 9 of 40" in stdout
    assert "the answer is the one" in stdout
    shown = json.loads(fungible(*words, "--prompt", "request.json", "--json", ledger=False).stdout)
    assert (shown["verified"], shown["opened"], shown["record"]["id"]) == (True, ["prompt"], ONE)
    wrong = fungible(*words, "--answer", "prompt", code=1, ledger=False)
    assert "NOT verified: That is not the answer" in wrong.stderr
    file = data.parent / "one.tlog-proof"
    file.write_text(file.read_text().replace("\n40\n", "\n39\n"))
    refused = json.loads(fungible(*words, "--json", code=1, ledger=False).stdout)
    assert refused["verified"] is False
    assert "not signed" in refused["because"]
    assert "cannot be read" in fungible("receipt", "verify", "gone", "--key", key, code=1, ledger=False).stderr
    assert "is no key" in fungible(*words[:-1], "gone", code=2, ledger=False).stderr


def test_a_proof_is_printed_for_pipes(fungible: Fungible, data: Path) -> None:
    command = [sys.executable, "-m", "router.cli", "ledger", "prove", ONE, "--data", str(data)]
    done = run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("c2sp.org/tlog-proof@v1\nextra ")
    assert json.loads(fungible("ledger", "prove", ONE, "--json").stdout)["entry"] == 9
    assert "no receipt" in fungible("ledger", "prove", "none", code=2).stderr.lower()


def test_a_receipt_is_shown_with_and_without_the_word(fungible: Fungible) -> None:
    for words in (["receipt", ONE], ["receipt", "show", ONE]):
        # The sample's configuration was never kept, so the decision can't be made again.
        assert json.loads(fungible(*words, "--json", code=1).stdout)["id"] == ONE
    assert "verify" in fungible("receipt", "--help", ledger=False).stdout


def test_a_saved_head_finds_what_was_cut(fungible: Fungible, data: Path) -> None:
    fungible("ledger", "head", "--out", "saved.checkpoint")
    assert "sound: every entry" in fungible("ledger", "verify", "--head", "saved.checkpoint").stdout
    with closing(SqliteLedger(data / "ledger.sqlite3")) as ledger:
        fill(ledger, 60, 62)
    assert json.loads(fungible("ledger", "verify", "--json").stdout)["size"] == 42
    with sqlite3.connect(data / "ledger.sqlite3") as database:
        database.execute("DELETE FROM entries WHERE seq >= 30")
    stdout = fungible("ledger", "verify", "--head", "saved.checkpoint", code=1).stdout
    assert "truncated: Entries 30 to 41 are missing at the end: the tail was cut off." in stdout
    assert "saved.checkpoint has 40 entries, the log has 30" in stdout
    assert "NOT sound" in stdout
    findings = json.loads(fungible("ledger", "verify", "--json", code=1).stdout)["findings"]
    assert findings[0]["sequence"] == 30
    assert "no head at" in fungible("ledger", "verify", "--head", "gone", code=2).stderr


def test_a_thousand_faults_are_told_in_twenty_lines(fungible: Fungible, data: Path) -> None:
    with sqlite3.connect(data / "ledger.sqlite3") as database:
        database.execute("DELETE FROM receipts")
    assert "and 18 more" in fungible("ledger", "verify", code=1).stdout


def test_a_witness_signs_until_the_log_is_cut(fungible: Fungible, data: Path, key: str) -> None:
    first = fungible("ledger", "witness", "eye", "--name", "eye.example", "--key", key)
    assert "the first that was seen" in first.stderr
    body = json.loads(fungible("ledger", "witness", "eye", "--json").stdout)
    assert (body["size"], body["before"]) == (40, 40)
    fungible("ledger", "prove", ONE, "--out", "one.tlog-proof")
    words = ["receipt", "verify", "one.tlog-proof", "--key", key, "--witness"]
    assert "seen by eye.example" in fungible(*words, body["witness"], ledger=False).stdout
    other = json.loads(fungible("ledger", "witness", "other", "--name", "other", "--json").stdout)["witness"]
    assert "has not signed" in fungible(*words, other, code=1, ledger=False).stderr
    with sqlite3.connect(data / "ledger.sqlite3") as database:
        database.execute("UPDATE tree SET size = 30")
        database.execute("DELETE FROM heads")
    assert "NOT signed" in fungible("ledger", "witness", "eye", code=1).stderr


def test_a_log_is_exported_and_its_key_rotated(fungible: Fungible, key: str) -> None:
    assert "successor" not in fungible("ledger", "rotate").stdout
    assert json.loads(fungible("ledger", "rotate", "--json").stdout)["first"] == key
    assert "42 entries" in fungible("ledger", "export", "log.jsonl").stdout
    assert json.loads(fungible("ledger", "export", "log.jsonl", "--json").stdout)["entries"] == 42
    assert "sound" in fungible("ledger", "verify", "--export", "log.jsonl", "--key", key, ledger=False).stdout
    assert key in fungible("ledger", "head").stderr


def test_without_a_ledger_there_is_nothing_to_prove(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "router.cli", "ledger", "verify", "--data", str(tmp_path)]
    done = run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "There is no ledger at" in done.stderr) == (2, True)


def test_the_benchmarks_measure_what_they_promise(fungible: Fungible) -> None:
    body = json.loads(fungible("bench", "ledger", "--entries", "200", "--json", ledger=False).stdout)
    assert body["append_us"] > 0
    assert body["log"]["prove_ms"] > 0
    killed = json.loads(fungible("bench", "kills", "--kills", "1", "--json", ledger=False).stdout)
    assert (killed["refuse"]["lost"], killed["refuse"]["unsound"], killed["degrade"]["unsound"]) == (0, 0, 0)
