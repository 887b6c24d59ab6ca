"""`fungible ramp`: orders, tables, the log, and the picture."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from cli.running import Shown, fungible, key_of
from router.config import load
from router.ledger import SqliteLedger
from router.ledger.location import LEDGER
from router.ledger.ramp_store import Judged, Observed, RampStore, Seen
from router.ramps import Answered, Paired

RAMPS = """ramps:
  - name: to-mai
    because: cheaper and nearly as good
    original: gpt-5
    substitute: mai-1
    holdback: 0.05
    steps: [0.1, 0.5, 1]
    evidence: {margin: 0.2, alpha: 0.2, after: 1 s, pairs: 5}
    caps: {shifted: 5 USD}
    approvals: 2
  - {name: by-hand, because: x, original: phi-4, substitute: phi-4-mini, share: 0.5}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "ramps.yaml").write_text(RAMPS, encoding="utf-8")
    return tmp_path


def ramp(folder: Path, *words: str) -> Shown:
    return fungible(folder, "ramp", *words, "--config", "config")


def approved(folder: Path) -> None:
    for by in ("kim", "lee"):
        assert ramp(folder, "approve", "to-mai", *key_of(folder, by), "--because", "read it").returncode == 0
    assert ramp(folder, "start", "to-mai").returncode == 0


def observe(folder: Path, good: int, bad: int, task: str = "chat") -> None:
    """What a server would have told: pairs and answers of one task, in two ticks."""
    (plan,) = load(folder / "config").plans
    now = datetime.now(UTC)
    outcomes = [(1.0, 1.0)] * good + [(1.0, 0.0)] * bad
    judged = [
        Judged(Paired(task, *outcome, Decimal(9)), f"{task}-{place}", "gpt-5", "mai-1", "truth")
        for place, outcome in enumerate(outcomes)
    ]
    seen = [Seen(Answered(task, "not_yet", False, 9.0, Decimal(1000)), f"u{place}") for place in range(len(outcomes))]
    with closing(SqliteLedger(folder / "data" / LEDGER)) as ledger:
        store = RampStore(ledger.log)
        store.settle([plan], {}, {}, now)
        store.settle([plan], {"to-mai": Observed(seen, judged)}, {}, now + timedelta(seconds=5))


def test_a_ramp_from_draft_to_its_first_step(folder: Path) -> None:
    assert "approval (0 of 2)" in ramp(folder, "list").stdout
    refused = ramp(folder, "start", "to-mai")
    assert (refused.returncode, "is draft: approve it first" in refused.stderr) == (2, True)
    assert "was approved: draft, share 0%" in ramp(folder, "approve", "to-mai", *key_of(folder, "kim")).stdout
    assert "another person must" in ramp(folder, "approve", "to-mai", *key_of(folder, "kim")).stderr
    assert "was approved: approved" in ramp(folder, "approve", "to-mai", *key_of(folder, "lee")).stdout
    assert "its start" in ramp(folder, "list").stdout
    assert "was started: shadow" in ramp(folder, "start", "to-mai").stdout
    assert "evidence" in ramp(folder, "list").stdout
    observe(folder, 40, 0)
    shown = ramp(folder, "show", "to-mai").stdout
    assert "moving, step 1 of 3" in shown
    assert "5% never move" in shown
    assert "promote" in shown
    assert "the next step is 50%" in shown
    body = json.loads(ramp(folder, "show", "to-mai", "--json").stdout)
    assert (body["stage"], body["share"], body["tasks"]["chat"]["pairs"]) == ("moving", 0.1, 40)
    assert [move["kind"] for move in body["moves"]] == ["approved", "approved", "started", "advanced"]
    log = fungible(folder, "ramp", "log").stdout
    assert log.index("took a step") < log.index("was started") < log.index("by lee (command)")
    assert "read it" not in log
    assert "chat: 40 pairs" in log


def test_what_is_worse_is_shown_as_such_and_a_kill_reaches_every_ramp(folder: Path) -> None:
    approved(folder)
    observe(folder, 0, 30)
    shown = ramp(folder, "show", "to-mai").stdout
    assert "rolled_back (harm)" in shown
    assert "gave a task back: chat, shown to be worse" in shown
    killed = ramp(folder, "kill", "--all", "--because", "enough")
    assert "was killed: rolled_back, share 0%" in killed.stdout
    assert "enough" in fungible(folder, "ramp", "log", "to-mai").stdout
    for words in ((), ("to-mai", "--all")):
        assert ramp(folder, "kill", *words).returncode == 2
    assert json.loads(ramp(folder, "kill", "to-mai", "--json").stdout)[0]["kind"] == "killed"


def test_orders_in_between(folder: Path) -> None:
    approved(folder)
    assert "waits for every task" in ramp(folder, "advance", "to-mai").stderr
    assert "took a step: moving, share 10%" in ramp(folder, "advance", "to-mai", "--force").stdout
    assert "without the evidence" in fungible(folder, "ramp", "log").stdout
    assert "was paused: paused, share 10%" in ramp(folder, "pause", "to-mai").stdout
    assert "goes on: moving" in ramp(folder, "start", "to-mai").stdout
    assert "was rolled back" in ramp(folder, "rollback", "to-mai").stdout


def test_a_cap_that_is_reached_is_told(folder: Path) -> None:
    text = RAMPS.replace("shifted: 5 USD", "shifted: 0 USD")
    (folder / "config" / "ramps.yaml").write_text(text, encoding="utf-8")
    approved(folder)
    assert "the cap shifted_a_day is reached" in ramp(folder, "show", "to-mai").stdout


def test_the_list_for_programs_and_with_ramps_by_hand(folder: Path) -> None:
    assert json.loads(ramp(folder, "list", "--json").stdout)[0]["name"] == "to-mai"
    assert "by hand" in ramp(folder, "list").stdout
    assert "There are no ramps" in fungible(folder, "ramp", "list").stdout
    assert "no governed ramps" in fungible(folder, "ramp", "kill", "--all").stdout


def test_nothing_has_moved_yet(folder: Path) -> None:
    ramp(folder, "list")
    assert "No ramp has moved yet" in fungible(folder, "ramp", "log").stdout
    assert "The ramp 'to-mai' has not moved yet" in fungible(folder, "ramp", "log", "to-mai").stdout
    assert json.loads(fungible(folder, "ramp", "log", "--json").stdout) == []
    assert "no answer has been observed yet" in ramp(folder, "show", "to-mai").stdout
    assert "no pairs yet" in ramp(folder, "show", "to-mai", "--plot", "r.svg").stderr


def test_the_picture_has_every_task_with_its_decision(folder: Path) -> None:
    approved(folder)
    observe(folder, 40, 0)
    observe(folder, 0, 30, "law")
    assert ramp(folder, "show", "to-mai", "--plot", "ramp.svg").returncode == 0
    drawn = (folder / "ramp.svg").read_text(encoding="utf-8")
    for words in ("chat", "law", "promoted after", "rolled back after"):
        assert words in drawn
