"""`fungible explain` with all that a policy may ask, and `policy apply --dry-run`."""

import json
from pathlib import Path

import pytest

from cli.running import fungible

POLICIES = """default: p
timezone: Europe/Berlin
budgets:
  - {name: week, of: {team: sales}, limit: 5 USD, per: week}
policies:
  p:
    because: x
    band: 0.02
    rules:
      - {name: launch, because: x, when: {until: "2026-12-04 18:00"}, set: {band: 0}}
      - {name: hot, because: x, when: {temperature: "> 1", effort: high, needs: tools}, set: {band: 0.1}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "config"
    made.mkdir()
    (made / "policies.yaml").write_text(POLICIES, encoding="utf-8")
    return made


def test_a_moment_in_the_policies_timezone_decides_what_has_ended(folder: Path, tmp_path: Path) -> None:
    with_config = ("--config", str(folder), "--at")
    before = fungible(tmp_path, "explain", "Hello", *with_config, "2026-12-04 17:59").stdout
    assert "✓ launch (band 0)" in before
    assert "ends by itself after 2026-12-04 18:00" in before
    assert "– launch (band 0)" in fungible(tmp_path, "explain", "Hello", *with_config, "2026-12-04 18:00").stdout


def test_what_is_supposed_is_decided(folder: Path, tmp_path: Path) -> None:
    said = ("--temperature", "1.5", "--effort", "high", "--need", "tools", "--key", "key_1")
    shown = fungible(tmp_path, "explain", "Hello", "--config", str(folder), *said, "--json")
    told = json.loads(shown.stdout)
    assert "hot" in told["rules"]
    assert [step["name"] for step in told["steps"]] == ["launch", "hot", "week"]


def test_who_is_refused_sees_by_what(folder: Path, tmp_path: Path) -> None:
    shown = fungible(tmp_path, "explain", "Hello", "--config", str(folder), "--team", "sales", "--spent", "week")
    assert shown.returncode != 0
    assert "✓ week (deny): at its limit" in shown.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--at", "friday"), "is no moment"),
        (("--need", "wings"), "is none of"),
        (("--spent", "weak"), "no budget of this policy"),
    ],
)
def test_what_can_not_be_supposed_says_why(folder: Path, tmp_path: Path, words: tuple[str, str], why: str) -> None:
    shown = fungible(tmp_path, "explain", "Hello", "--config", str(folder), *words)
    assert shown.returncode != 0
    assert why in shown.stderr


@pytest.mark.parametrize("as_json", [False, True])
def test_a_dry_run_changes_nothing(folder: Path, tmp_path: Path, as_json: bool) -> None:
    (tmp_path / "new.yaml").write_text(POLICIES.replace("0.02", "0.05"), encoding="utf-8")
    more = ("--json",) if as_json else ()
    shown = fungible(tmp_path, "policy", "apply", "new.yaml", "--config", str(folder), "--dry-run", *more)
    assert shown.returncode == 0, shown.stderr
    assert "policies.p.band: 0.02 -> 0.05" in shown.stdout
    assert (json.loads(shown.stdout)["applied"] is False) if as_json else ("nothing was changed" in shown.stdout)
    assert (folder / "policies.yaml").read_text(encoding="utf-8") == POLICIES


PROVIDERS = """providers:
  gpt: {adapter: openai, settings: {base_url: "https://api.example/v1", key_env: KEY_OF_NOBODY}}
  mai: {adapter: mai}
  phi: {adapter: phi}
  llama: {adapter: anthropic, settings: {base_url: "https://api.example/v1", key_file: no-such-file}}
"""


@pytest.fixture
def without_keys(folder: Path) -> Path:
    (folder / "providers.yaml").write_text(PROVIDERS, encoding="utf-8")
    return folder


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_what_only_decides_needs_no_key_of_a_provider(
    without_keys: Path, tmp_path: Path, more: tuple[str, ...]
) -> None:
    shown = fungible(tmp_path, "explain", "Hello", "--config", str(without_keys), *more)
    assert shown.returncode == 0
    assert "gpt-5" in shown.stdout
    first, second = shown.stderr.splitlines()
    assert first.endswith("providers.gpt.settings: key_env: the environment variable KEY_OF_NOBODY is not set")
    assert "providers.llama.settings: key_file: no-such-file can't be read" in second
    assert all(line.startswith("note: `fungible serve` would not start here: ") for line in (first, second))


@pytest.mark.parametrize(
    "words",
    [
        ("lint",),
        ("test",),
        ("show",),
        ("coverage",),
        ("diff", "current", "new.yaml"),
        ("replay", "--to", "new.yaml", "--log", "log.jsonl"),
        ("apply", "new.yaml", "--dry-run"),
    ],
)
def test_what_is_done_to_a_policy_needs_no_key_either(
    without_keys: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "new.yaml").write_text(POLICIES.replace("0.02", "0.05"), encoding="utf-8")
    (tmp_path / "log.jsonl").write_text('{"prompt": "Hello"}\n', encoding="utf-8")
    shown = fungible(tmp_path, "policy", *words, "--config", str(without_keys))
    assert shown.returncode == 0, shown.stderr
    assert "KEY_OF_NOBODY" not in shown.stderr
