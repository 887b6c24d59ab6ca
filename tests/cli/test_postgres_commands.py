"""The commands that read or write a ledger, on one that a PostgreSQL server keeps."""

import json
import os
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from postgres_server import PASSWORD
from unit.ledger_samples import tables

from cli.running import Shown
from cli.running import fungible as run_fungible
from cli.test_policy_life_commands import FIRST, SECOND
from cli.test_serve import ask, serving
from router.api.assembly import assemble
from router.bench.demo.workload import run_cases
from router.config import load
from router.config.files.seed_data import load_workload
from router.config.load import POLICIES
from router.ledger.location import Place


@pytest.fixture
def there(postgres: str, tmp_path: Path) -> Place:
    """A ledger with twenty receipts; its server's data folder is the one that commands run with."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / POLICIES).write_text(FIRST, encoding="utf-8")
    (tmp_path / "new.yaml").write_text(SECOND, encoding="utf-8")
    place = Place(tmp_path / "data", postgres)
    with closing(place.ledger()) as ledger:
        run_cases(assemble(load(tmp_path / "mine"), ledger), load_workload()[:20], "auto")
    return place


def fungible(place: Place, *words: str, code: int = 0) -> Shown:
    shown = run_fungible(place.folder.parent, *words, "--ledger", place.url or "")
    assert shown.returncode == code, shown.stdout + shown.stderr
    assert PASSWORD not in shown.stdout + shown.stderr
    return shown


def test_what_a_ledger_proves(there: Place) -> None:
    head = json.loads(fungible(there, "ledger", "head", "--out", "saved.checkpoint", "--json").stdout)
    assert head["size"] == 21
    name = json.loads(fungible(there, "ledger", "verify", "--json").stdout)
    assert (name["sound"], name["heads"]) == (True, 1)
    with closing(there.ledger()) as ledger:
        receipt = json.loads(next(iter(ledger.receipts())))["id"]
    assert fungible(there, "receipt", receipt).stderr.strip() == "decided again: the same"
    fungible(there, "ledger", "prove", receipt, "--out", "one.tlog-proof")
    verified = run_fungible(there.folder.parent, "receipt", "verify", "one.tlog-proof", "--key", head["keys"][0])
    assert f"verified: request {receipt}" in verified.stdout
    assert "the first that was seen" in fungible(there, "ledger", "witness", "eye").stderr
    fungible(there, "ledger", "rotate")
    assert "22 entries" in fungible(there, "ledger", "export", "log.jsonl").stdout
    stdout = fungible(there, "ledger", "verify", "--head", "saved.checkpoint").stdout
    assert stdout.startswith(f"{there}: 22 entries")
    with tables(there) as database:
        database.execute("DELETE FROM entries WHERE seq >= 10")
    cut = fungible(there, "ledger", "verify", "--head", "saved.checkpoint", code=1).stdout
    assert "truncated: Entries 10 to 21 are missing at the end" in cut


def test_the_life_of_a_policy(there: Place) -> None:
    mine = ("--config", "mine")
    applied = json.loads(fungible(there, "policy", "apply", "new.yaml", *mine, "--json").stdout)
    assert applied["replay"]["requests"] == 20
    assert fungible(there, "policy", "show", applied["previous"], *mine).stdout == FIRST
    assert "~ band     0  0.06" in fungible(there, "policy", "diff", applied["previous"], "current", *mine).stdout
    fungible(there, "policy", "rollback", *mine)
    kinds = [event["kind"] for event in json.loads(fungible(there, "policy", "log", "--json").stdout)]
    assert kinds == ["rolled_back", "applied", "found"]
    replayed = fungible(there, "policy", "replay", "--from", "current", "--to", applied["revision"], *mine, "--json")
    assert json.loads(replayed.stdout)["total"]["requests"] == 20
    for words in (("list", *mine), ("log",)):
        fungible(there, "ramp", *words, "--json")


def test_where_nothing_is_kept_yet_that_is_told_and_nothing_is_made(postgres: str, tmp_path: Path) -> None:
    place = Place(tmp_path / "data", postgres)
    assert f"There is no ledger at {place}" in fungible(place, "ledger", "head", code=2).stderr
    assert f"there is no ledger at {place}" in fungible(place, "receipt", "0" * 32, code=2).stderr
    assert json.loads(fungible(place, "policy", "log", "--json").stdout) == []
    assert not place.has_ledger()


def test_an_address_or_a_server_that_is_wrong_is_told_without_its_password(tmp_path: Path) -> None:
    nobody = Place(tmp_path / "data", f"postgresql://me:{PASSWORD}@127.0.0.1:1/db")
    assert "can't be used now" in fungible(nobody, "ledger", "verify", code=2).stderr
    shown = run_fungible(tmp_path, "policy", "log", "--ledger", f"postgresql://me:{PASSWORD}/more@host/db")
    assert (shown.returncode, PASSWORD in shown.stderr) == (2, False)
    assert "postgresql://user@host:port/database" in shown.stderr


def test_a_server_is_started_on_it(there: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    second = replace(there, folder=there.folder.parent / "second")
    monkeypatch.setenv("FUNGIBLE_LEDGER", there.url or "")
    monkeypatch.setenv("FUNGIBLE_LEDGER_KEY", str(there.key))
    with serving(second.folder.parent, "--data", str(second.folder)) as (_, url):
        receipt = ask(url)["fungible"]["receipt"]  # type: ignore[index]
        command = [sys.executable, "-m", "router.cli", "ledger", "prove", receipt, "--json"]
        proved = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
    assert json.loads(proved.stdout)["size"] == 24
    assert [path.name for path in second.folder.iterdir()] == ["admin.key"]
