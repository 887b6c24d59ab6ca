"""What tests and traffic come to: the same parts apply as `decide()` applies, and a needed one is missed."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from builders import DAY, ask, features
from cli.running import fungible
from hypothesis import given, settings
from properties.policy_strategies import CONFIGS, TEXTS, drawn_request

from router.config.files.yaml_source import Path_, parse
from router.config.load import POLICIES, build, read_documents
from router.policy.coverage.by_tests import by_tests
from router.policy.coverage.by_traffic import by_traffic, count_applied, since
from router.policy.coverage.covered import Covered, Tally, covered
from router.policy.lint.policy_file import Sheet
from router.policy.replay.request_columns import gathered
from router.policy.what_applied import steps
from router.types import Ask, Caller, Config, Features, Situation

TEXT = """default: a
guards:
  - {name: law, because: x, when: {task: law}, never: {owner: Meta}}
policies:
  a:
    because: x
    band: 0
    rules:
      - {name: loose, because: x, when: {team: loose}, set: {band: 0.2}}
      - {name: idle, because: x, when: {team: idle}, set: {band: 0.2}}
    budgets:
      - {name: small, limit: 5 USD, per: day, of: {team: small}, then: {models: "*-nano"}}
    tests:
      - {given: {task: chat, team: loose, difficulty: -2}, expect: {rules: loose}}
      - {given: {task: law}, expect: {model: "*"}}
      - {given: {task: chat, team: small, spent: small}, expect: {model: gpt-5-nano}}
      - {given: {task: chat, model: nobody}, expect: {error: model_not_found}}
      - {given: {task: chat, team: idle}, expect: {owner: Nobody}}
  b: {because: x, extends: a}
"""


def sheet_of(text: str = TEXT) -> Sheet:
    sources = {**read_documents(), POLICIES: parse(text.encode(), POLICIES)}
    return Sheet(sources, build(sources), DAY, 9999)


def never_read(text: str) -> Features:
    raise AssertionError(text)


def by_name(rows: tuple[Covered, ...]) -> dict[str, Covered]:
    return {row.name: row for row in rows}


def test_a_test_tries_what_applies_and_needs_what_it_would_miss() -> None:
    sheet, tallies = sheet_of(), dict[Path_, Tally]()
    by_tests(sheet, never_read, DAY, tallies)
    rows = by_name(covered(sheet, tallies, with_log=False))
    assert {name: (row.tests, row.needed) for name, row in rows.items()} == {
        "law": (1, 0),
        "loose": (1, 1),
        "idle": (1, 0),
        "small": (1, 1),
    }
    assert (rows["law"].where, rows["law"].policies, rows["law"].requests) == ("policies.yaml:3:6", ("a", "b"), None)
    assert rows["loose"].policies == ("a", "b")


def request(number: int, team: str | None, spent: tuple[str, ...], **more: Any) -> tuple[str, Features, Ask, Situation]:
    day = DAY - timedelta(days=number)
    name = more.pop("asked", "a")
    asked = replace(ask(policy=name, caller=Caller(team=team)), asked=name)
    return f"{number:02}", features(**more), asked, Situation(day, spent=spent)


def test_a_part_counts_the_requests_that_it_applies_to() -> None:
    log = gathered(
        [
            request(0, "loose", ()),
            request(1, "small", ("a/small",), task="law"),
            request(2, "small", ()),
            request(3, "loose", (), asked="b"),
            request(4, "idle", (), asked="gone"),
            request(40, "idle", ()),
        ]
    )
    sheet, tallies = sheet_of(), dict[Path_, Tally]()
    recent = since(log, DAY - timedelta(days=29))
    assert len(recent) == 5
    by_traffic(sheet, recent, tallies)
    rows = by_name(covered(sheet, tallies, with_log=True))
    assert {name: (row.requests, row.last) for name, row in rows.items()} == {
        "law": (1, DAY - timedelta(days=1)),
        "loose": (2, DAY),
        "idle": (0, None),
        "small": (1, DAY - timedelta(days=1)),
    }


def test_a_budget_of_each_user_acts_where_one_is_named() -> None:
    text = TEXT.replace("of: {team: small}, then", "each: user, then")
    day = Situation(DAY, spent=("a/small",))
    named, nobody = ("a" * 12 + "b" * 12, "b" * 24)
    log = gathered(
        (f"{n}", features(), replace(ask(policy="a"), unit=unit), day) for n, unit in enumerate((named, nobody))
    )
    tallies = dict[Path_, Tally]()
    count_applied(sheet_of(text), log, tallies)
    assert by_name(covered(sheet_of(text), tallies, with_log=True))["small"].requests == 1


def test_an_empty_log_is_none_of_a_day() -> None:
    assert len(since(gathered([]), DAY)) == 0


@dataclass
class Numbered:
    """Stands in for a file: the parts of each policy, each with a path of its own."""

    config: Config

    def rules(self, name: str) -> list[Any]:
        return [((name, "rule", rule.name), rule) for rule in self.config.policies[name].rules]

    def guards(self, name: str) -> list[Any]:
        return [((name, "guard", guard.name), guard) for guard in self.config.policies[name].guards]

    def budgets(self, name: str) -> list[Any]:
        return [((name, "budget", budget.name), budget) for budget in self.config.policies[name].budgets]


@settings(max_examples=10)
@given(CONFIGS, TEXTS)
def test_what_counts_is_what_the_steps_say_request_by_request(config: Config, texts: list[bytes]) -> None:
    log = [(f"{place:02}", *drawn_request(text, config)) for place, text in enumerate(texts)]
    expected: dict[Path_, int] = {}
    for _, read, asked, situation in log:
        for step in steps(read, asked, situation, config):
            if step.applied:
                path = (asked.policy, step.part, step.name)
                expected[path] = expected.get(path, 0) + 1
    tallies: dict[Path_, Tally] = {}
    count_applied(cast("Sheet", Numbered(config)), gathered(log), tallies)
    assert {path: tally.requests for path, tally in tallies.items() if tally.requests} == expected


def test_the_command_fails_where_what_is_required_is_lacking(tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text(TEXT, encoding="utf-8")
    words = ("policy", "coverage", "new.yaml")
    shown = fungible(tmp_path, *words, "--require-tests")
    assert shown.returncode == 0
    assert "tests try 4 of 4, and would miss 2; no requests are logged" in shown.stdout
    assert "no log" not in shown.stderr
    bare = TEXT.replace("      - {given: {task: chat, team: idle}, expect: {owner: Nobody}}\n", "")
    (tmp_path / "new.yaml").write_text(bare, encoding="utf-8")
    shown = fungible(tmp_path, *words, "--require-tests", "--json")
    assert (shown.returncode, '"lacking": 1' in shown.stdout) == (1, True)
    assert fungible(tmp_path, *words, "--require-traffic").returncode == 2
    (tmp_path / "new.yaml").write_text("default: a\npolicies: {a: {because: x, band: 0}}\n", encoding="utf-8")
    assert "no rule, no guard and no budget" in fungible(tmp_path, *words).stdout
