"""Lint knows what conditions on names by pattern cover."""

import pytest

from unit.policy_samples import expect

A = "default: a\npolicies:\n  a: {because: x, band: 0.1, rules: [\n"


def house(earlier: str, later: str, mark: str = "") -> str:
    rules = [(f"{{{mark}name: one, because: x", earlier), ("{name: two, because: x", later)]
    return A + "".join(f"    {head}, when: {when}, set: {{band: 0.2}}}},\n" for head, when in rules) + "  ]}\n"


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("{team: [legal-de, legal-us]}", '{team: "legal-*"}'),
        ('{team: "legal-*"}', '{team: ["legal-*", hr]}'),
        ("{team: {not: [hr, it]}}", "{team: {not: hr}}"),
        ("{tags: {all: [x, y]}}", "{tags: {all: x}}"),
        ("{tags: xa}", '{tags: "x*"}'),
        ("{task: law}", "{task: {not: chat}}"),
    ],
)
def test_what_a_pattern_covers_is_overwritten(earlier: str, later: str) -> None:
    expect(house(earlier, later, "§"), "rule-overwritten")


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ('{team: "legal-*"}', "{team: legal-de}"),
        ("{team: [legal-de, hr]}", '{team: "legal-*"}'),
        ("{team: {not: hr}}", "{team: {not: [hr, it]}}"),
        ("{tags: xa}", '{tags: {any: "x*", not: b}}'),
        ("{task: law}", '{team: "legal-*"}'),
    ],
)
def test_what_a_pattern_does_not_cover_is_not(earlier: str, later: str) -> None:
    expect(house(earlier, later))


def test_a_language_that_no_reader_tells_is_one_by_pattern_too() -> None:
    expect(house('{language: {not: [§"x*", "k?"]}}', "{task: chat}"), "language-unknown")


def test_words_that_leave_nothing_never_apply() -> None:
    expect(house("{§task: {any: law, not: law}}", "{team: a}"), "rule-never-applies")
