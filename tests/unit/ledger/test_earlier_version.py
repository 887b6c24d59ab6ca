"""A ledger that version 0.1.0 wrote: it opens, verifies, and its receipts and money read as they did."""

import gzip
import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from router.cli.receipt.receipt_show import RECEIPT, reproduces
from router.ledger import SqliteLedger

WRITTEN = Path(__file__).parent / "written_by_0_1_0" / "ledger.sqlite3.gz"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with that ledger: five requests under `balanced`, and the configuration behind them."""
    (tmp_path / "ledger.sqlite3").write_bytes(gzip.decompress(WRITTEN.read_bytes()))
    return tmp_path


def run(data: Path, *words: str) -> Any:
    command = [sys.executable, "-m", "router.cli", *words, "--data", str(data), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_every_entry_verifies(data: Path) -> None:
    assert run(data, "ledger", "verify")["findings"] == []


def test_its_money_reads_as_it_did(data: Path) -> None:
    report = run(data, "money")
    assert report["total"]["requests"] == 5


def test_its_receipts_decide_the_same_again(data: Path) -> None:
    with closing(SqliteLedger(data / "ledger.sqlite3")) as ledger:
        receipts = [RECEIPT.validate_json(body) for body in ledger.receipts()]
        assert len(receipts) == 5
        assert [reproduces(receipt, ledger) for receipt in receipts] == [True] * 5


def test_its_requests_are_replayed(data: Path) -> None:
    total = run(data, "policy", "replay", "--from", "shipped", "--to", "shipped")["total"]
    assert (total["requests"], total["flips"], total["cost_before_usd"]) == (5, 0, "0.00208375")
