"""`fungible scenario` as a person types it: whole at 80 columns, in both languages, as a page and as JSON."""

import json
from pathlib import Path

import pytest
from rich.cells import cell_len
from unit.scenarios.small_scenario import written

from cli.running import fungible
from router.bench.partner.noon_texts import NAME
from router.scenarios.scenario_file import names


def test_all_are_listed(tmp_path: Path) -> None:
    shown = fungible(tmp_path, "scenario", "list", columns="80")
    assert shown.returncode == 0
    assert [name for name in names() if name not in shown.stdout] == []
    plain = json.loads(fungible(tmp_path, "scenario", "list", "--json").stdout)
    assert {row["name"] for row in plain["data"]} == {*names(), NAME}
    assert [row["row"] for row in plain["data"]][-2:] == ["R14", "R15"]


@pytest.mark.parametrize("name", names())
def test_one_is_shown_whole(tmp_path: Path, name: str) -> None:
    shown = fungible(tmp_path, "scenario", "show", name, columns="80")
    assert shown.returncode == 0
    assert [line for line in shown.stdout.splitlines() if cell_len(line) > 80] == []
    assert json.loads(fungible(tmp_path, "scenario", "show", name, "--json").stdout)["name"] == name


@pytest.mark.parametrize("language", [(), ("--ko",)])
def test_a_run_is_whole_at_80_columns(tmp_path: Path, language: tuple[str, ...]) -> None:
    words = ("scenario", "run", "off-frontier", "--set", "requests=8", "--set", "lag=6", *language)
    shown = fungible(tmp_path, *words, columns="80")
    assert shown.returncode == 0
    assert [line for line in shown.stdout.splitlines() if cell_len(line) > 80] == []
    assert "…" not in shown.stdout
    assert ("대체 가능" if language else "fungible: mai-1") in shown.stdout
    assert "lag=6" in shown.stdout
    assert " ± " in shown.stdout


def test_a_page_needs_nothing_else(tmp_path: Path) -> None:
    name = written(tmp_path)
    shown = fungible(tmp_path, "scenario", "run", name, "--html", "out.html", "--compare", name)
    assert shown.returncode == 0
    assert "small *" in shown.stdout
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert [word for word in ("src=", "href=", "@import", "url(http") if word in page] == []
    assert "<svg" in page
    assert 'lang="ko"' in page


def test_json_has_everything(tmp_path: Path) -> None:
    name = written(tmp_path)
    plain = json.loads(
        fungible(tmp_path, "scenario", "run", name, "--json", "--set", "cut=1", "--compare", name).stdout
    )
    assert plain["set"] == {"cut": 1}
    assert plain["compared_with"]["set"] == {"cut": 0.5}
    assert len(plain["pictures"][0]["series"][0]["values"]) == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("off-frontierr",), "Did you mean 'off-frontier'"),
        (("off-frontier", "--set", "leg=1"), "Did you mean 'lag'"),
        (("off-frontier", "--set", "lag"), "NAME=NUMBER"),
        (("off-frontier", "--set", "lag=much"), "NAME=NUMBER"),
        (("missing.yaml",), "cannot be read"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    shown = fungible(tmp_path, "scenario", "run", *words)
    assert shown.returncode == 2
    assert sentence in " ".join(shown.stderr.split())
