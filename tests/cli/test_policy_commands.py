"""`fungible policy lint`, `test`, `diff` and `schema`, as a person types them."""

import json
from pathlib import Path

import pytest

from cli.running import fungible
from router.config.load import SEEDS

SHIPPED = (SEEDS / "policies.yaml").read_text(encoding="utf-8")
HEAD = "default: a\npolicies:\n  a:\n    because: x\n    band: 0.1\n"
BEST = HEAD.replace("0.1", "0")
TESTS = """    tests:
      - given: {task: law, difficulty: 1}
        expect: {owner: %s}
        because: Law goes to them
      - given: {text: "Thanks!"}
        expect: {model: %s}
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A folder of one's own with the shipped files."""
    assert fungible(tmp_path, "init", "mine").returncode == 0
    return tmp_path


def write(folder: Path, text: str, name: str = "new.yaml") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return name


def test_lint_of_the_shipped_files_is_clean(tmp_path: Path) -> None:
    shown = fungible(tmp_path, "policy", "lint", "--strict", "--stale-days", "36500")
    assert (shown.returncode, shown.stdout) == (0, "0 errors, 0 warnings\n")


def test_lint_tells_errors_by_line_and_column(tmp_path: Path) -> None:
    file = write(tmp_path, HEAD.replace("band", "bnad"))
    shown = fungible(tmp_path, "policy", "lint", file)
    assert shown.returncode == 1
    assert shown.stdout.splitlines() == [
        "new.yaml:5:5: error unknown-key: Unknown key 'bnad' in policies.a. Did you mean 'band'?",
        "1 error, 0 warnings",
    ]
    assert fungible(tmp_path, "policy", "lint", write(tmp_path, "a: 1\na: 2\n")).stdout.startswith(
        "new.yaml:2:1: error"
    )


def test_warnings_fail_only_where_lint_is_strict(mine: Path) -> None:
    (mine / "mine" / "policies.yaml").write_text(
        HEAD + "    disclosure: silent\n    consent: exact\n", encoding="utf-8"
    )
    words = ["policy", "lint", "-c", "mine", "--stale-days", "36500"]
    shown = fungible(mine, *words)
    assert shown.returncode == 0
    assert shown.stdout.splitlines() == [
        "mine/policies.yaml:6:5: warning silent-exact: Who consents to one model alone is told which one it was: with "
        "`consent: exact` nothing is silent. Write another `disclosure`, or a wider `consent`.",
        "0 errors, 1 warning",
    ]
    assert fungible(mine, *words, "--strict").returncode == 1


def test_lint_as_json(tmp_path: Path) -> None:
    file = write(tmp_path, HEAD.replace("0.1", "2"))
    shown = fungible(tmp_path, "policy", "lint", file, "--json")
    assert shown.returncode == 1
    assert json.loads(shown.stdout) == [
        {
            "file": "new.yaml",
            "line": 5,
            "column": 5,
            "code": "wrong-value",
            "severity": "error",
            "message": "policies.a.band: input should be less than or equal to 1, not 2.",
            "suggestion": "A share of 1 is meant: 2 % is 0.02.",
        }
    ]


@pytest.mark.parametrize("command", ["lint", "test"])
def test_what_is_not_there_is_told(tmp_path: Path, command: str) -> None:
    for words in (["nowhere.yaml"], ["--config", "nowhere"]):
        shown = fungible(tmp_path, "policy", command, *words)
        assert shown.returncode == 2
        assert "nowhere" in shown.stderr
        assert "Traceback" not in shown.stderr


def test_the_tests_of_a_file_are_run(tmp_path: Path) -> None:
    shown = fungible(tmp_path, "policy", "test", write(tmp_path, BEST + TESTS % ("Meta", "gpt-5")))
    assert shown.returncode == 1
    lines = shown.stdout.splitlines()
    assert lines[0] == "✗ new.yaml:7 a: Law goes to them"
    assert lines[1].startswith("    expected owner Meta; but gpt-5 was chosen [llama-")
    assert lines[2:] == ["✓ new.yaml:10 a: text 'Thanks!'", "1 passed, 1 failed"]
    shown = fungible(tmp_path, "policy", "test", write(tmp_path, BEST + TESTS % ("OpenAI", "gpt-5")))
    assert (shown.returncode, shown.stdout.splitlines()[-1]) == (0, "2 passed, 0 failed")


def test_the_tests_as_json(tmp_path: Path) -> None:
    shown = fungible(tmp_path, "policy", "test", write(tmp_path, BEST + TESTS % ("Meta", "gpt-5")), "--json")
    assert shown.returncode == 1
    first, second = json.loads(shown.stdout)
    assert first.pop("message").startswith("expected owner Meta; but gpt-5 was chosen")
    place = {"policy": "a", "test": 1, "file": "new.yaml", "line": 7}
    assert first == {**place, "title": "Law goes to them", "passed": False}
    assert (second["test"], second["line"], second["passed"]) == (2, 10, True)


def test_no_tests_is_no_failure(tmp_path: Path) -> None:
    shown = fungible(tmp_path, "policy", "test", write(tmp_path, HEAD))
    assert (shown.returncode, shown.stdout) == (0, "no tests stand in new.yaml\n")
    assert json.loads(fungible(tmp_path, "policy", "test", "new.yaml", "--json").stdout) == []


def test_a_file_that_does_not_load_is_not_tested(tmp_path: Path) -> None:
    shown = fungible(tmp_path, "policy", "test", write(tmp_path, HEAD.replace("band", "bnad")))
    assert shown.returncode == 2
    assert "did you mean 'band'" in shown.stderr


def test_diff_tells_meaning(tmp_path: Path) -> None:
    write(tmp_path, "# Mine\n" + SHIPPED.replace("band: 0.12", "band: 0.2").replace('">= 0.5"', '"> 0.5"'))
    shown = fungible(tmp_path, "policy", "diff", "shipped", "new.yaml")
    assert shown.returncode == 0
    lines = [line.strip() for line in shown.stdout.splitlines()]
    assert "policy house-first" in lines
    assert any(line.split() == ["~", "band", "0.12", "0.2"] for line in lines)
    assert any("difficulty > 0.5" in line or "difficulty >" in line for line in lines)
    differences = json.loads(fungible(tmp_path, "policy", "diff", "shipped", "new.yaml", "--json").stdout)
    assert [difference["label"] for difference in differences] == [
        "policies.partner-frontier: rule hard-work-to-the-partner changed",
        "policies.house-first.band: 0.12 -> 0.2",
    ]
    assert differences[1] == {
        "path": ["policies", "house-first", "band"],
        "kind": "changed",
        "before": "0.12",
        "after": "0.2",
        "inherited": False,
        "label": "policies.house-first.band: 0.12 -> 0.2",
    }


def test_diff_of_what_means_the_same(tmp_path: Path) -> None:
    write(tmp_path, "# Mine\n" + SHIPPED.replace("band: 0.12", "band: 1.2e-1"))
    shown = fungible(tmp_path, "policy", "diff", "shipped", "new.yaml")
    assert (shown.returncode, shown.stdout) == (0, "shipped and new.yaml: no difference in meaning\n")


def test_diff_of_two_policies(tmp_path: Path) -> None:
    differences = json.loads(fungible(tmp_path, "policy", "diff", "balanced", "cost", "--json").stdout)
    assert ["policies", "cost", "band"] in [difference["path"] for difference in differences]
    assert {difference["path"][1] for difference in differences} == {"cost"}
    write(tmp_path, SHIPPED.replace("band: 0.06", "band: 0.07", 1).replace("band: 0.12", "band: 0.2"))
    (alone,) = json.loads(fungible(tmp_path, "policy", "diff", "cost", "new.yaml", "--json").stdout)
    assert alone["label"] == "policies.cost.band: 0.06 -> 0.07"


def test_what_every_policy_gets_is_told_once(tmp_path: Path) -> None:
    write(tmp_path, "guards: [{name: eu, because: The law, never: {owner: Meta}}]\n" + SHIPPED)
    shown = fungible(tmp_path, "policy", "diff", "shipped", "new.yaml")
    assert shown.stdout.startswith("every policy")
    assert shown.stdout.count("guard eu") == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["balnced", "cost"], "Did you mean 'balanced'?"),
        (["balanced", "new.yaml"], "'new.yaml' has no policy 'balanced'"),
    ],
)
def test_versions_that_cannot_be_compared_are_told(tmp_path: Path, words: list[str], sentence: str) -> None:
    write(tmp_path, HEAD)
    shown = fungible(tmp_path, "policy", "diff", *words)
    assert shown.returncode == 2
    assert sentence in shown.stderr


def test_the_schema_is_printed_or_written(tmp_path: Path) -> None:
    printed = fungible(tmp_path, "policy", "schema")
    assert printed.returncode == 0
    written = fungible(tmp_path, "policy", "schema", "--out", "policies.schema.json")
    assert "# yaml-language-server: $schema=policies.schema.json" in written.stdout
    assert json.loads((tmp_path / "policies.schema.json").read_text()) == json.loads(printed.stdout)
    refused = fungible(tmp_path, "policy", "schema", "--out", "nowhere/schema.json")
    assert refused.returncode == 2
    assert "nowhere/schema.json cannot be written" in refused.stderr
