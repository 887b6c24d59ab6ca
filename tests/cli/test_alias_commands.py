"""`fungible alias`: names over versions in the terminal, whole at every width, and as JSON."""

import json
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from cli.running import fungible
from cli.test_table_widths import stands_whole, tables_shown
from router.config import load
from router.ledger import SqliteLedger
from router.ledger.ramp_store import Judged, Observed, RampStore, Seen
from router.ramps import Answered, Paired

ALIASES = """aliases:
  everyday:
    because: Applications name what they want, not a version
    versions: [gpt-5-nano, gpt-5-mini, gpt-5]
    never_worse: {margin: 0.3, alpha: 0.2}
    tasks: [chat, coding, law]
    steps: [{share: 1, after: 0 s, pairs: 0}]
"""
UPGRADE = "everyday:{}:gpt-5-nano:gpt-5-mini"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An alias of which a newer version is let in on one kind of work, and shown to be worse on another."""
    folder = tmp_path_factory.mktemp("aliases")
    (folder / "aliases.yaml").write_text(ALIASES, encoding="utf-8")
    with closing(SqliteLedger(folder / "ledger.sqlite3")) as ledger:
        store, plans, now = RampStore(ledger.log), load(folder).plans, datetime.now(UTC)
        store.settle(plans, {}, {}, now)
        observed = {
            UPGRADE.format("coding"): _pairs("coding", 1.0, 1.0),
            UPGRADE.format("law"): _pairs("law", 1.0, 0.0),
        }
        store.settle(plans, observed, {}, now)
        store.settle(plans, {}, {}, now)
    return folder


def _pairs(task: str, original: float, substitute: float) -> Observed:
    observed = Observed()
    for number in range(40):
        observed.seen.append(Seen(Answered(task, "not_yet", False, 1.0), f"unit-{number}"))
        pair = Paired(task, original, substitute, Decimal(1))
        observed.judged.append(Judged(pair, f"{task}-{number}", "gpt-5-nano", "gpt-5-mini", "truth"))
    return observed


def at(folder: Path, *command: str, columns: str = "150") -> str:
    shown = fungible(folder, *command, "--config", str(folder), "--data", str(folder), columns=columns)
    return shown.stdout + shown.stderr


def test_a_list_says_what_each_version_serves(folder: Path) -> None:
    text = at(folder, "alias", "list")
    assert "gpt-5-nano → gpt-5-mini → gpt-5" in text
    assert "gpt-5-nano on 2, gpt-5-mini on 1" in text
    assert json.loads(at(folder, "alias", "list", "--json"))[0]["serves"]["coding"] == "gpt-5-mini"


def test_an_alias_says_what_pairs_have_shown(folder: Path) -> None:
    text = " ".join(at(folder, "alias", "show", "everyday").split())
    assert "never worse by 30 points or more on any kind of work" in text
    assert "gpt-5-mini was let in: +0.0 points" in text
    assert "gpt-5-mini stays out (shown to be worse): -100.0 points" in text
    assert "gpt-5 is tried in pairs" in text
    told = json.loads(at(folder, "alias", "show", "everyday", "--json"))
    assert [each["place"] for each in told["tasks"]["law"]] == ["serves", "out", "tried"]


def test_jaggedness_is_drawn_by_kind_of_work(folder: Path) -> None:
    text = at(folder, "alias", "jaggedness", "everyday")
    law = next(line for line in text.splitlines() if line.startswith("law"))
    assert law.endswith("1  ▼2 out")
    assert "law: gpt-5-mini ▼" in text
    assert "abilities assumed" in text
    assert (
        json.loads(at(folder, "alias", "jaggedness", "everyday", "--json"))["tasks"]["chat"][0]["status"] == "assumed"
    )


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("command", [("list",), ("show", "everyday"), ("jaggedness", "everyday")])
def test_what_is_shown_stands_whole(folder: Path, command: tuple[str, ...], width: int) -> None:
    with tables_shown() as tables:
        text = at(folder, "alias", *command, columns=str(width))
    if tables:
        stands_whole(text, tables, width)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= max(width, 66)


def test_ramp_list_shows_the_upgrades_that_have_seen_traffic(folder: Path) -> None:
    listed = json.loads(at(folder, "ramp", "list", "--json"))
    assert [each["name"] for each in listed] == [UPGRADE.format("coding"), UPGRADE.format("law")]


def test_an_alias_that_is_not_there_is_told_with_the_nearest(folder: Path, tmp_path: Path) -> None:
    assert "Did you mean 'everyday'?" in at(folder, "alias", "show", "everday")
    assert "There are none: docs/aliases.md" in at(tmp_path, "alias", "show", "everyday")
    assert "There are no aliases over versions" in at(tmp_path, "alias", "list")
