"""Rules that lint tells of, each with its place, and rules that it does not."""

import pytest

from unit.policy_samples import HEAD, expect

A = HEAD.replace("band: 0.1}", "band: 0.1, rules: [\n")
TASKS = (
    "[chat, coding, math, science, reasoning, law, security, medicine, summarisation, translation, extraction, "
    "classification, creative_writing, speech]"
)


def rule(when: str, change: str = "{band: 0.2}", name: str = "r", key: str = "set") -> str:
    return f"    {{name: {name}, because: x, {key}: {change}, when: {when}}},\n"


def test_an_ordinary_rule_is_not_told_of() -> None:
    expect(A + rule('{difficulty: ">= 1", task: [law, math], time: "22:00-06:00", language: [en, ko]}') + "  ]}\n")


@pytest.mark.parametrize(
    "when",
    [
        '{§difficulty: ">= 2 and < 1"}',
        '{§difficulty: "> 1 and <= 1"}',
        '{complexity: low, §difficulty: ">= 1"}',
        '{complexity: [low, high], §difficulty: ">= -1 and < 1"}',
        '{§difficulty: "> 20"}',
        '{§input_tokens: "> 3 and < 4"}',
        '{§input_tokens: "< 0", complexity: low}',
        '{task: law, §input_tokens: ">= 10 and < 10"}',
    ],
)
def test_a_rule_that_nothing_passes(when: str) -> None:
    expect(A + rule(when) + "  ]}\n", "rule-never-applies")


@pytest.mark.parametrize(
    "when",
    [
        '{complexity: low, difficulty: "< -1"}',
        '{complexity: low, difficulty: ">= -20"}',
        '{complexity: medium, difficulty: ">= 0.999"}',
        '{input_tokens: "> 3 and <= 4"}',
        '{difficulty: ">= 1 and <= 1"}',
    ],
)
def test_a_rule_that_something_passes(when: str) -> None:
    expect(A + rule(when) + "  ]}\n")


@pytest.mark.parametrize(
    "when",
    [
        "{}",
        f"{{task: {TASKS}}}",
        '{time: "00:00-24:00"}',
        '{difficulty: ">= -20"}',
        "{complexity: [low, medium, high]}",
        '{input_tokens: ">= 0"}',
        '{input_tokens: ">= 0", time: "00:00-24:00"}',
    ],
)
def test_a_rule_that_everything_passes(when: str) -> None:
    expect(A + rule(when).replace("when:", "§when:") + "  ]}\n", "rule-always-applies")


@pytest.mark.parametrize(
    "when",
    [
        "{residency: eu}",
        "{needs: [tools, json, vision, audio]}",
        '{time: "00:00-23:59"}',
        '{difficulty: ">= -19"}',
        "{complexity: [low, medium]}",
        '{input_tokens: "> 0"}',
        f'{{task: {TASKS}, input_tokens: "< 10"}}',
    ],
)
def test_a_rule_that_something_does_not_pass(when: str) -> None:
    expect(A + rule(when) + "  ]}\n")


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (("{task: law}", "{band: 0.2}"), ("{task: [law, math]}", "{band: 0.3}")),
        (("{task: law, complexity: high}", "{band: 0.2}"), ('{difficulty: ">= 1"}', "{band: 0.3, optimize: latency}")),
        (('{difficulty: ">= 1.5"}', "{band: 0.2}"), ("{complexity: high}", "{band: 0.3}")),
        (('{time: "23:00-05:00"}', "{band: 0.2}"), ('{time: "22:00-06:00"}', "{band: 0.3}")),
        (("{tags: a}", "{floors: {law: 0.2}}"), ("{tags: [a, b]}", "{floors: {law: 0.3, math: 0.1}}")),
        (("{residency: eu}", "{models: Ada}"), ("{residency: [eu, ch]}", "{models: Bel}")),
        (('{input_tokens: "< 10"}', "{prefer: Ada}"), ('{input_tokens: "<= 10"}', "{prefer: Bel}")),
    ],
)
def test_a_rule_that_a_later_one_overwrites(earlier: tuple[str, str], later: tuple[str, str]) -> None:
    overwritten = rule(*earlier, name="one").replace("{name", "{§name", 1)
    expect(A + overwritten + rule(*later, name="two") + "  ]}\n", "rule-overwritten")
    expect(A + rule(*later, name="two") + rule(*earlier, name="one") + "  ]}\n")


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (("{task: [law, math]}", "{band: 0.2}"), ("{task: law}", "{band: 0.3}")),
        (("{task: law}", "{band: 0.2}"), ("{task: law, residency: eu}", "{band: 0.3}")),
        (("{complexity: low}", "{band: 0.2}"), ("{complexity: high}", "{band: 0.3}")),
        (('{difficulty: ">= 1"}', "{band: 0.2}"), ('{difficulty: "> 1"}', "{band: 0.3}")),
        (('{input_tokens: "> 5"}', "{band: 0.2}"), ('{input_tokens: "> 6"}', "{band: 0.3}")),
    ],
)
def test_a_rule_that_a_later_one_leaves_something(earlier: tuple[str, str], later: tuple[str, str]) -> None:
    expect(A + rule(*earlier, name="one") + rule(*later, name="two") + "  ]}\n")


def test_two_later_rules_may_overwrite_one_together() -> None:
    first = rule("{task: law}", "{band: 0.2, optimize: latency}", name="one").replace("{name", "{§name", 1)
    rest = rule("{task: [law, chat]}", name="two") + rule("{task: [law, math]}", "{optimize: cost}", name="three")
    expect(A + first + rest + "  ]}\n", "rule-overwritten")


def test_a_rule_that_never_applies_is_not_overwritten_too() -> None:
    expect(
        A + rule('{§difficulty: "> 1 and < 1"}', name="one") + rule("{task: law}", name="two") + "  ]}\n",
        "rule-never-applies",
    )
    never = rule('{§difficulty: "> 1 and < 1"}', "{models: small}", name="one")
    expect(A + never + "  ]}\n", "rule-never-applies")


def test_a_rule_whose_models_cannot_do_its_work() -> None:
    expect(A + rule("{task: law}", "{§models: small}") + "  ]}\n", "rule-leaves-nothing")
    expect(A + rule("{task: [law, chat]}", "{models: small}") + "  ]}\n")
    expect(A + rule('{difficulty: "> 0"}', "{models: small}") + "  ]}\n")


def test_a_rule_whose_models_are_barred_with_it() -> None:
    guards = "guards:\n  - {name: g, because: x, never: {owner: Ada}, when: {residency: [eu, ch]}}\n"
    expect(guards + A + rule("{residency: eu}", "{§models: big}") + "  ]}\n", "rule-leaves-nothing")
    expect(guards + A + rule("{task: law}", "{models: big}") + "  ]}\n")


def test_languages_that_no_reader_tells() -> None:
    expect(A + rule("{language: [en, §it, §nl]}") + "  ]}\n", "language-unknown", "language-unknown")
    expect(A + rule("{§language: it}") + "  ]}\n", "language-unknown")


def test_a_rule_is_told_once_where_it_is_written() -> None:
    child = "  b: {extends: a, rules: [{name: s, because: x, when: {task: law}, set: {band: 0.3}}]}\n"
    expect(A + rule("{}").replace("when:", "§when:") + "  ]}\n" + child, "rule-always-applies")
    expect(A + rule("{task: law}") + "  ]}\n" + child)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (("{task: law}", "{band: 0.2, optimize: latency}"), ("{task: law}", "{band: 0.3}")),
        (("{task: law}", "{floors: {law: 0.2, math: 0.2}}"), ("{task: law}", "{floors: {law: 0.3}}")),
        (("{task: law}", "{band: 0.2, models: big}"), ('{difficulty: "< 9"}', "{band: 0.3}")),
    ],
)
def test_a_rule_of_which_a_broader_later_one_takes_some_back(earlier: tuple[str, str], later: tuple[str, str]) -> None:
    partly = rule(*earlier, name="one").replace("{name", "{§name", 1)
    expect(A + partly + rule(*later, name="two") + "  ]}\n", "rule-partly-overwritten")


def test_broader_later_rules_that_set_something_else_take_nothing_back() -> None:
    rules = rule("{task: law}", "{band: 0.2}", name="one") + rule("{task: [law, math]}", "{models: big}", name="two")
    expect(A + rules + "  ]}\n")


def test_what_is_harder_than_any_text_is_read_to_be_makes_no_rule_narrower() -> None:
    hidden = rule("{task: law}", "{band: 0.2}", name="one").replace("{name", "{§name", 1)
    expect(A + hidden + rule('{difficulty: "< 9"}', "{band: 0.3}", name="two") + "  ]}\n", "rule-overwritten")
    alone = rule('{difficulty: "> 5"}', "{band: 0.2}", name="one")
    expect(A + alone + rule('{difficulty: "< 9"}', "{band: 0.3}", name="two") + "  ]}\n")


GUARDED = (
    "default: a\npolicies:\n  a:\n    because: x\n    band: 0.1\n"
    "    guards: [{§name: g, because: x, %s, never: {model: big}}]\n"
)


@pytest.mark.parametrize(
    ("when", "trial", "code"),
    [
        ("when: {team: hr}", "", ""),
        ("when: {§team: hr}", "{task: chat, team: hr}", "guard-binds-unknown"),
        ("when: {team: hr}", "{task: chat}", ""),
        ("when: {tags: clinic}", "{task: chat, tags: clinic}", ""),
        ("when: {tags: clinic}", "{task: chat}", "guard-untested"),
        ("when: {task: law}", "{text: some law}", ""),
        ("when: {task: law}", "{task: chat}", "guard-untested"),
    ],
)
def test_guards_are_tried_by_tests_and_bind_who_is_not_known(when: str, trial: str, code: str) -> None:
    text = GUARDED % when
    text = text if code == "guard-untested" else text.replace("{§name", "{name")
    tests = f"    tests: [{{given: {trial}, expect: {{model: Bel}}}}]\n" if trial else ""
    expect(text + tests, *([code] if code else []))
