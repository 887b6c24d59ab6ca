"""`fungible policy candidate`, as a person types it."""

import json
from contextlib import closing
from pathlib import Path

from cli.running import fungible
from router.api.assembly import assemble
from router.bench.demo.workload import run_cases
from router.config import load
from router.config.files.seed_data import load_workload
from router.config.load import POLICIES
from router.ledger import SqliteLedger

FIRST = "default: mine\npolicies:\n  mine: {because: x, band: 0}\n"
SECOND = FIRST.replace("band: 0", "band: 0.3")


def test_put_show_promote_and_drop(tmp_path: Path) -> None:
    folder, with_config = tmp_path / "mine", ("--config", "mine")
    folder.mkdir()
    (folder / POLICIES).write_text(FIRST, encoding="utf-8")
    (tmp_path / "new.yaml").write_text(SECOND, encoding="utf-8")
    words = ("policy", "candidate")
    assert "No candidate was ever put up" in fungible(tmp_path, *words, "list").stdout
    assert fungible(tmp_path, *words, "show", *with_config).returncode == 2
    assert "cannot be read" in fungible(tmp_path, *words, "gone.yaml", *with_config).stderr
    made = fungible(tmp_path, *words, "new.yaml", *with_config)
    assert made.returncode == 0, made.stderr
    assert "it answers nothing" in made.stdout
    assert (folder / POLICIES).read_text(encoding="utf-8") == FIRST
    assert "No request has been served since" in fungible(tmp_path, *words, "show", *with_config).stdout
    with closing(SqliteLedger(tmp_path / "data" / "ledger.sqlite3")) as ledger:
        run_cases(assemble(load(folder), ledger), load_workload()[:30], "auto")
    shown = fungible(tmp_path, *words, "show", *with_config).stdout
    assert "30 requests decided under both" in shown
    figures = json.loads(fungible(tmp_path, *words, "show", *with_config, "--json").stdout)
    assert figures["replay"]["total"]["requests"] == 30
    assert "agreed to the candidate" in fungible(tmp_path, *words, "approve").stderr
    asked = fungible(tmp_path, *words, "promote", *with_config, "--min-requests", "31", "--max-quality-drop", "0")
    assert "predicted quality changes by" in asked.stderr
    assert "30 requests have been compared, and 31 are asked for" in asked.stderr
    assert (folder / POLICIES).read_text(encoding="utf-8") == FIRST
    event = json.loads(fungible(tmp_path, *words, "promote", *with_config, "--json").stdout)
    assert (event["revision"], event["replay"]["requests"]) == (figures["candidate"], 30)
    assert (folder / POLICIES).read_text(encoding="utf-8") == SECOND
    (tmp_path / "new.yaml").write_text(FIRST, encoding="utf-8")
    again = json.loads(fungible(tmp_path, *words, "put", "new.yaml", *with_config, "--json").stdout)
    assert again["differences"] == ["policies.mine.band: 0.3 -> 0"]
    dropped = fungible(tmp_path, *words, "drop")
    assert "is dropped; what is in force stays" in dropped.stdout
    listed = fungible(tmp_path, *words, "list").stdout
    assert ("promoted" in listed, "dropped" in listed) == (True, True)
    assert [row["state"] for row in json.loads(fungible(tmp_path, *words, "list", "--json").stdout)] == [
        "dropped",
        "promoted",
    ]
