"""`fungible receipt` as a person uses it: any id of an answer, a page to read, JSON for programs, the log's own key."""

import json
from pathlib import Path

import pytest
from unit.ledger_samples import sample

from cli.running import fungible

ONE = f"{7:032x}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sample(tmp_path / "data" / "ledger.sqlite3")
    return tmp_path


@pytest.mark.parametrize("words", [ONE, f"chatcmpl-{ONE}", f"resp_{ONE}", f"msg_{ONE}", f"cmpl-{ONE}"])
def test_any_id_of_the_answer_leads_to_the_receipt(folder: Path, words: str) -> None:
    assert json.loads(fungible(folder, "receipt", "show", words, "--json").stdout)["id"] == ONE
    assert fungible(folder, "ledger", "prove", words).stdout.startswith("c2sp.org/tlog-proof@v1")


def test_a_receipt_is_a_page_with_units(folder: Path) -> None:
    shown = fungible(folder, "receipt", ONE)
    assert f"receipt {ONE}" in shown.stdout
    for words in ("answered by", "charged", "(USD)", " ms", "list price"):
        assert words in shown.stdout
    assert "{" not in shown.stdout


def test_a_receipt_that_is_not_there_says_where_it_was_sought(folder: Path) -> None:
    shown = fungible(folder, "receipt", "chatcmpl-" + "f" * 32)
    assert shown.returncode == 2
    assert "--data" in shown.stderr


def test_verify_takes_the_key_of_the_ledger_at_hand_or_says_where_to_get_it(folder: Path) -> None:
    fungible(folder, "ledger", "prove", ONE, "--out", "one.tlog-proof")
    verified = fungible(folder, "receipt", "verify", "one.tlog-proof")
    assert (verified.returncode, f"verified: request {ONE}" in verified.stdout) == (0, True)
    assert "the key of your own ledger" in verified.stderr
    elsewhere = fungible(folder, "receipt", "verify", "one.tlog-proof", "--data", "nowhere")
    assert (elsewhere.returncode, "fungible ledger head" in elsewhere.stderr) == (2, True)
    assert not (folder / "nowhere").exists()
