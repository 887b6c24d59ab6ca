"""`fungible money` as a person types it, over a ledger that the shipped workload filled in October 2025."""

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from cli.running import Shown, fungible
from router.api.assembly import assemble
from router.bench.demo.workload import run_cases
from router.config import load
from router.config.files.seed_data import load_workload
from router.ledger import SqliteLedger

RAMP = """ramps:
  - name: ordinary-work
    because: a test
    original: gpt-5
    substitute: mai-1
    share: 0.6
    holdback: 0.3
    when: {difficulty: "< 0.5"}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a configuration, `mine`, and what was served under it."""
    made = tmp_path_factory.mktemp("money")
    (made / "mine").mkdir()
    (made / "mine" / "ramps.yaml").write_text(RAMP)
    ledger = SqliteLedger(made / "data" / "ledger.sqlite3")
    service = assemble(load(made / "mine"), ledger, salt=b"a test")
    service.clock = lambda: datetime(2025, 10, 15, 12, tzinfo=UTC)
    cases = load_workload()
    run_cases(service, cases[::3], "gpt-5", "any")
    service.clock = lambda: datetime(2025, 10, 16, 12, tzinfo=UTC)
    run_cases(service, cases[::20], "house-first")
    ledger.close()
    return made


def money(folder: Path, *words: str, columns: str = "150") -> Shown:
    shown = fungible(folder, "money", *words, columns=columns)
    assert shown.returncode == 0, shown.stderr
    assert "Traceback" not in shown.stderr
    return shown


def test_the_report_tells_who_kept_the_saving_and_what_is_assumed(folder: Path) -> None:
    shown = money(folder).stdout
    assert "2025-10-15 to 2025-10-16: 196 requests answered" in shown
    assert "Who kept the saving: customers kept $" in shown
    assert "the platform lost $" in shown
    assert "partners lost $" in shown
    assert "− inference cost C ~" in shown
    assert "− partner share P  " in shown, "it was reported, not assumed"
    assert "concentration (HHI)" in shown
    assert "Ramp ordinary-work: " in shown
    assert "alert OpenAI's models have " in shown
    assert "~ Assumed, since nobody published it: inference cost of gpt-5, mai-1" in shown.replace(", gpt-5-mini", "")


@pytest.mark.parametrize("columns", ["80", "100", "150"])
@pytest.mark.parametrize("words", [(), ("--by", "task"), ("--self-preference",)], ids=["model", "task", "preference"])
def test_nothing_is_cut_off_at_any_width(folder: Path, columns: str, words: tuple[str, ...]) -> None:
    lines = money(folder, *words, columns=columns).stdout.splitlines()
    assert all(len(line) <= int(columns) for line in lines)
    assert not [line for line in lines if "…" in line]


def test_json_adds_up_to_the_last_digit(folder: Path) -> None:
    body = json.loads(money(folder, "--json", "--by", "owner").stdout)
    kept = {name: Decimal(part["value_usd"]) for name, part in body["total"]["kept"].items()}
    assert kept["customer"] + kept["platform"] + kept["partner"] == kept["true_cost"] > 0
    paid = sum(Decimal(group["served"]["paid_usd"]) for group in body["groups"])
    assert paid == Decimal(body["total"]["served"]["paid_usd"])
    assert sum(body["total"]["lengths"].values()) == body["total"]["requests"] == 196
    assert {owner["owner"] for owner in body["owners"]} == {group["name"] for group in body["groups"]}
    assert body["rests_on"]


def test_csv_is_the_same(folder: Path) -> None:
    body = json.loads(money(folder, "--json", "--by", "day").stdout)
    rows = list(csv.DictReader(io.StringIO(money(folder, "--csv", "--by", "day").stdout)))
    assert [row["name"] for row in rows] == ["2025-10-15", "2025-10-16", "all"]
    assert rows[-1]["served_paid_usd"] == body["total"]["served"]["paid_usd"]
    assert rows[0]["kept_customer_low_usd"] == body["groups"][0]["kept"]["customer"]["low_usd"]


def test_a_saving_has_the_name_of_its_baseline(folder: Path) -> None:
    by_baseline = {
        name: json.loads(money(folder, "--json", "--baseline", name).stdout) for name in ("dearest", "cheapest")
    }
    assert by_baseline["dearest"]["baseline_model"] == "gpt-5"
    assert Decimal(by_baseline["dearest"]["total"]["kept"]["customer"]["value_usd"]) > 0
    assert Decimal(by_baseline["cheapest"]["total"]["kept"]["customer"]["value_usd"]) < 0
    shown = " ".join(money(folder, "--baseline", "dearest").stdout.split())
    assert "had the dearest single model served everything (gpt-5)" in shown


def test_a_part_of_the_time(folder: Path) -> None:
    counts = {
        words: json.loads(money(folder, "--json", *words).stdout)["total"]["requests"]
        for words in (
            ("--since", "2025-10-16"),
            ("--until", "2025-10-15"),
            ("--until", "2025-10-15T11:00"),
            ("--since", "2025-10-15", "--until", "2025-10-16"),
        )
    }
    assert list(counts.values()) == [26, 170, 0, 196]


def test_a_time_without_requests_and_an_empty_ledger_are_told(folder: Path, tmp_path: Path) -> None:
    assert "No request was answered in that time" in money(folder, "--until", "2024-01-01").stdout
    assert json.loads(money(folder, "--until", "2024-01-01", "--json").stdout)["total"]["requests"] == 0
    assert "No request was answered" in money(folder, "--until", "2024-01-01", "--self-preference").stdout
    SqliteLedger(tmp_path / "data" / "ledger.sqlite3").close()
    assert "No request was answered" in money(tmp_path).stdout
    assert money(tmp_path, "--csv").stdout.splitlines()[1].startswith("all,0,")


def test_the_picture(folder: Path) -> None:
    pytest.importorskip("matplotlib")
    shown = money(folder, "--plot", "money.svg")
    drawn = (folder / "money.svg").read_text(encoding="utf-8")
    assert "The picture: money.svg" in shown.stdout
    for text in ("As served", "Counterfactual: asked model", "partner share", "contribution"):
        assert text in drawn


def test_other_contracts_price_the_same_log_otherwise(folder: Path) -> None:
    (folder / "other").mkdir()
    (folder / "other" / "contracts.yaml").write_text("platform: Meta\n")
    shown = money(folder, "--config", "other").stdout
    assert "? Not known, and counted as nothing: inference cost of" in shown
    assert "Margins are too high by that" in shown


def test_self_preference_tells_a_verdict_and_where_it_comes_from(folder: Path) -> None:
    shown = money(folder, "--self-preference").stdout
    assert "Routing favours Microsoft beyond what price and predicted quality explain" in shown
    assert "taken away one after another: ramps +" in shown
    body = json.loads(money(folder, "--self-preference", "--json").stdout)
    assert (body["total"]["verdict"], body["irreproducible"]) == ("favours", 0)
    assert body["total"]["share_as_decided"] > body["total"]["share_hidden"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--json", "--csv"), "two forms of one report"),
        (("--since", "tomorrow"), "write a day such as 2026-11-01"),
        (("--self-preference", "--csv"), "in tables or as --json"),
        (("--plot", "money.png"), "ends in .svg"),
        (("--data", "nowhere"), "There is no ledger at nowhere"),
    ],
)
def test_mistakes_are_told_in_a_sentence(folder: Path, words: tuple[str, ...], sentence: str) -> None:
    shown = fungible(folder, "money", *words)
    assert shown.returncode == 2
    assert sentence in shown.stderr
