"""`fungible prices check`: what differs fails, what changes is reported, and a diff keeps every comment."""

import shutil
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from cli.running import Shown, fungible
from router.config import load
from router.config.load import SEEDS
from router.price_lists.compare import findings
from router.price_lists.listed import Dated, Listed
from router.price_lists.litellm_map import look_up
from router.types import Price

TODAY = date(2026, 11, 1)
OURS = Price(date(2026, 1, 1), Decimal(2), Decimal(8), Decimal("0.5"), "list", "published", date(2026, 10, 1))


def kinds(*dated: Dated, ours: Price = OURS, asked: str = "m", **more: Any) -> list[str]:
    listed = Listed(source="their list", name="m", dated=dated, **more)
    return [finding.kind for finding in findings("m", asked, (ours,), [listed], TODAY, 180)]


def prices(output: str, since: date | None = None) -> Dated:
    return Dated(since, {"input": Decimal(2), "output": Decimal(output)})


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (kinds(prices("8")), []),
        (kinds(prices("8.0001")), []),
        (kinds(prices("9")), ["differs"]),
        (kinds(prices("9"), prices("8", date(2026, 3, 1))), []),
        (kinds(prices("8"), prices("4", date(2026, 12, 1))), ["changes"]),
        (kinds(prices("8"), prices("16", date(2026, 12, 1))), ["changes", "promotion"]),
        (kinds(prices("8"), retired=True), ["retired"]),
        (kinds(prices("8"), retires=date(2026, 10, 1)), ["retired"]),
        (kinds(prices("8"), retires=date(2027, 1, 1)), ["changes"]),
        (kinds(prices("8"), asked="vendor/M"), []),
        (kinds(prices("8"), asked="m-latest"), ["redirected"]),
        (kinds(prices("8"), varies=("by the hour",)), ["varies"]),
        (kinds(), []),
    ],
)
def test_what_is_found(found: list[str], expected: list[str]) -> None:
    assert found == expected


def test_a_price_that_nobody_looked_at_is_old_and_one_in_no_list_is_said() -> None:
    old = Price(date(2025, 1, 1), Decimal(2), Decimal(8), Decimal(2), "list", "published")
    assert [finding.kind for finding in findings("m", "m", (old,), [], TODAY, 180)] == ["old", "unlisted"]
    later = Price(date(2027, 1, 1), Decimal(2), Decimal(8), Decimal(2), "list", "published")
    assert kinds(prices("8"), ours=later) == ["unknown"]


def test_a_map_in_litellms_form_is_read() -> None:
    entry = {
        "input_cost_per_token": 2e-6,
        "output_cost_per_token": "0.000008",
        "cache_read_input_token_cost": None,
        "deprecation_date": "2027-05-01",
        "input_cost_per_token_above_200k_tokens": 4e-6,
    }
    listed = look_up({"sample_spec": "words", "vendor/m": entry}, "m", "map.json")
    assert listed is not None and listed.name == "vendor/m" and listed.retires == date(2027, 5, 1)
    assert listed.dated[0].prices == {"input": Decimal(2), "output": Decimal(8)}
    assert len(listed.varies) == 1
    assert look_up({"m": entry}, "m", "map.json") is not None
    assert look_up({"a/m": entry, "b/m": {"input_cost_per_token": 1}}, "m", "map.json") is None
    assert look_up({"a/m": {"input_cost_per_token": "x", "deprecation_date": 3}}, "m", "map.json") is None


@pytest.fixture
def the_map_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if no other list were installed."""
    monkeypatch.setitem(sys.modules, "genai_prices", None)
    monkeypatch.setitem(sys.modules, "genai_prices.data", None)


def checked(folder: Path, price_map: dict[str, Any], *words: str) -> Shown:
    (folder / "map.json").write_bytes(orjson.dumps(price_map))
    if not (folder / "house").exists():
        shutil.copytree(SEEDS, folder / "house", ignore=shutil.ignore_patterns("*.jsonl"))
    return fungible(folder, "prices", "check", "--config", "house", "--litellm-map", "map.json", *words)


@pytest.mark.usefixtures("the_map_alone")
def test_a_difference_is_exit_code_1_and_a_diff_keeps_comments(tmp_path: Path) -> None:
    entry = {"input_cost_per_token": 1e-6, "output_cost_per_token": 1e-5, "cache_read_input_token_cost": 1.25e-7}
    shown = checked(tmp_path, {"gpt-5": entry}, "--write", "prices.diff")
    assert shown.returncode == 1 and "input 1.25 here, 1 there" in shown.stdout
    before = (tmp_path / "house" / "prices.yaml").read_text(encoding="utf-8")
    diff = (tmp_path / "prices.diff").read_text(encoding="utf-8")
    assert [line for line in diff.splitlines() if line.startswith("-") and not line.startswith("---")] == []
    subprocess.run(["patch", "-p1", "-d", tmp_path / "house", "-i", tmp_path / "prices.diff"], check=True)
    after = (tmp_path / "house" / "prices.yaml").read_text(encoding="utf-8")
    assert set(before.splitlines()) < set(after.splitlines())
    dated = load(tmp_path / "house").prices["gpt-5"]
    assert (dated[-1].input, dated[-1].cached_input, dated[0].input) == (1, Decimal("0.125"), Decimal("1.25"))
    assert checked(tmp_path, {"gpt-5": entry}).returncode == 0


@pytest.mark.usefixtures("the_map_alone")
def test_what_is_the_same_is_exit_code_0_and_json_says_the_rest(tmp_path: Path) -> None:
    shown = checked(tmp_path, {"gpt-5": {"deprecation_date": "2099-01-01"}}, "--json")
    told = orjson.loads(shown.stdout)
    assert shown.returncode == 0 and "map.json" in told["lists"]
    assert ("changes", "gpt-5") in {(finding["kind"], finding["model"]) for finding in told["findings"]}
    assert checked(tmp_path, {"gpt-5": {"deprecation_date": "2099-01-01"}}, "--strict").returncode == 1


@pytest.mark.usefixtures("the_map_alone")
def test_without_any_list_it_says_where_to_get_one(tmp_path: Path) -> None:
    shown = fungible(tmp_path, "prices", "check")
    assert shown.returncode == 2 and "--litellm-map" in shown.stderr


def test_a_map_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "map.json").write_text("[1]", encoding="utf-8")
    shown = fungible(tmp_path, "prices", "check", "--litellm-map", "map.json")
    assert shown.returncode == 2 and "no JSON object" in shown.stderr


def test_the_packages_list_is_read_where_it_is_installed(tmp_path: Path) -> None:
    pytest.importorskip("genai_prices")
    from router.cli.prices.genai_list import GenaiList

    listed = GenaiList()
    by_address = listed.look_up("gpt-5", "https://api.openai.com/v1")
    assert by_address is not None and by_address.on(TODAY) is not None
    assert listed.look_up("gpt-5", "https://models.example.com/v1") is None
    stepped = listed.look_up("o3", "")
    assert stepped is not None and len(stepped.dated) > 1
    assert fungible(tmp_path, "prices", "check").returncode in (0, 1)
