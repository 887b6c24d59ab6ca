"""An edit from its text to a revision in force and back, as a person types it."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from cli.running import fungible
from router.api.assembly import assemble
from router.bench.demo.workload import run_cases
from router.config import load
from router.config.files.seed_data import load_workload
from router.config.load import POLICIES
from router.ledger import SqliteLedger
from router.ledger.location import LEDGER

FIRST = "# 내 정책\ndefault: mine\npolicies:\n  mine: {because: a test, band: 0}\n"
SECOND = FIRST.replace("band: 0", "band: 0.06")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "my config"
    made.mkdir()
    (made / POLICIES).write_text(FIRST, encoding="utf-8")
    (tmp_path / "new.yaml").write_text(SECOND, encoding="utf-8")
    with closing(SqliteLedger(tmp_path / "data" / LEDGER)) as ledger:
        run_cases(assemble(load(made), ledger), load_workload()[:60], "auto")
    return made


def test_apply_log_show_and_rollback(folder: Path, tmp_path: Path) -> None:
    with_config = ("--config", str(folder))
    applied = fungible(tmp_path, "policy", "apply", "new.yaml", *with_config, "--because", "thrift")
    assert applied.returncode == 0, applied.stderr
    assert "policies.mine.band: 0 -> 0.06" in applied.stdout
    assert "replay of 60 requests:" in applied.stdout
    assert (folder / POLICIES).read_text(encoding="utf-8") == SECOND
    event, start = json.loads(fungible(tmp_path, "policy", "log", "--json").stdout)
    assert start["kind"] == "found"
    assert (event["kind"], event["because"], event["replay"]["requests"]) == ("applied", "thrift", 60)
    assert event["replay"]["cost_change"] < 0
    assert event["actual"] == {"requests": 0}
    previous = event["previous"]
    assert fungible(tmp_path, "policy", "show", previous, *with_config).stdout == FIRST
    again = fungible(tmp_path, "policy", "rollback", str(event["seq"]), *with_config, "--json")
    assert json.loads(again.stdout)["differences"] == []
    back = fungible(tmp_path, "policy", "apply", str(tmp_path / "old.yaml"), *with_config)
    assert back.returncode == 2
    (tmp_path / "old.yaml").write_text(FIRST, encoding="utf-8")
    assert fungible(tmp_path, "policy", "apply", "old.yaml", *with_config).returncode == 0
    shown = fungible(tmp_path, "policy", "rollback", *with_config)
    assert shown.returncode == 0, shown.stderr
    assert (folder / POLICIES).read_text(encoding="utf-8") == SECOND
    table = fungible(tmp_path, "policy", "log").stdout
    assert [word in table for word in ("applied", "rolled back", "thrift", "promised  60 requests: ")] == [True] * 4


def test_an_edit_that_is_not_sound_or_comes_too_late_changes_nothing(folder: Path, tmp_path: Path) -> None:
    with_config = ("--config", str(folder))
    late = fungible(tmp_path, "policy", "apply", "new.yaml", *with_config, "--if-match", "0123456789ab")
    assert (late.returncode, "What you saw was 0123456789ab" in late.stderr) == (2, True)
    (tmp_path / "new.yaml").write_text(SECOND.replace("band", "bnad"), encoding="utf-8")
    wrong = fungible(tmp_path, "policy", "apply", "new.yaml", *with_config)
    assert (wrong.returncode, "new.yaml:4:" in wrong.stderr) == (2, True)
    assert (folder / POLICIES).read_text(encoding="utf-8") == FIRST
    assert "Nothing has changed yet" in fungible(tmp_path, "policy", "log").stdout
    shipped = fungible(tmp_path, "policy", "apply", "new.yaml")
    assert (shipped.returncode, "fungible init" in shipped.stderr) == (2, True)


def test_show_spells_out_what_a_policy_takes_from_another(folder: Path, tmp_path: Path) -> None:
    (folder / POLICIES).write_text(FIRST + "  child: {extends: mine, optimize: latency}\n", encoding="utf-8")
    shown = fungible(tmp_path, "policy", "show", "child", "--resolved", "--config", str(folder))
    assert shown.returncode == 0, shown.stderr
    assert "because: a test" in shown.stdout
    assert "extends" not in shown.stdout
    assert fungible(tmp_path, "policy", "show", "nobody", "--config", str(folder)).returncode == 2
