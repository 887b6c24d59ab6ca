"""The commands for backup and restore in the documents, run as they stand there."""

import os
import re
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from unit.ledger_samples import fill

from router.ledger import SqliteLedger
from router.ledger.budget_store import Accounts
from router.ledger.location import ACCOUNTS, LEDGER

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"


def block(title: str) -> str:
    """The first commands under a title."""
    found = re.search(rf"^## {title}\n.*?```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="needs Debian's package `sqlite3`")
def test_what_was_backed_up_is_restored_and_verified(tmp_path: Path) -> None:
    data, copy = tmp_path / "DATA", tmp_path / "copy"
    copy.mkdir()
    with closing(SqliteLedger(data / LEDGER)) as ledger, closing(Accounts(data / ACCOUNTS)):
        fill(ledger, 0, 3)
        run(block("Backup"), tmp_path)
        fill(ledger, 3, 5)
    shutil.rmtree(data)
    shutil.copytree(copy, data)
    (saved,) = copy.glob("*.checkpoint")
    run(block("Restore").replace("copy/2026-11-28.checkpoint", str(saved)), tmp_path)
    with closing(SqliteLedger(data / LEDGER)) as ledger:
        assert len(list(ledger.receipts())) == 3


def run(commands: str, folder: Path) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", "-e", "-c", commands], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "sound: " in done.stdout
