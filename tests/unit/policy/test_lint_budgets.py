"""Budgets that lint tells of, each with its place, and budgets that it does not."""

import pytest

from router.policy.lint import lint
from unit.policy_samples import DAY, HEAD, expect, sources

A = HEAD.replace("0.1}", "0.1, budgets: [\n")
B = "  b: {extends: a, budgets: [\n"
END = "  ]}\n"


def budget(limit: str, per: str, rest: str = "", name: str = "one") -> str:
    return f"    {{name: {name}, limit: {limit}, per: {per}{rest and ', '}{rest}}},\n"


def pair(first: str, second: str) -> str:
    return A + first + second + END


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("10 USD", "day", ""), ("10 USD", "day", "of: {team: x}")),
        (("10 USD", "day", ""), ("20 USD", "day", "")),
        (("10 USD", "month", ""), ("10 USD", "day", "of: {key: k}")),
        (("10 USD", "day", "of: {team: [x, y]}"), ("11 USD", "hour", "of: {team: y, key: k}")),
        (("1 USD", "hour", ""), ("26 USD", "day", "")),
        (("1 USD", "day", ""), ("32 USD", "month", "")),
        (("1 USD", "hour", ""), ("746 USD", "month", "")),
        (("10 requests", "day", ""), ("20 requests", "day", "each: key")),
        (("10 USD", "day", "each: key"), ("20 USD", "day", "each: key")),
        (("10 USD", "day", "of: {model: [big, mid]}"), ("20 USD", "day", "of: {model: mid}")),
        (("10 USD", "day", "of: {policy: [a]}"), ("20 USD", "day", "of: {policy: a}")),
    ],
)
def test_a_budget_that_another_precedes(first: tuple[str, str, str], second: tuple[str, str, str]) -> None:
    late = budget(*second, name="two")
    expect(pair(budget(*first), late.replace("limit", "§limit")), "budget-never-reached")
    expect(pair(late.replace("limit", "§limit"), budget(*first)), "budget-never-reached")
    soft = late.replace("}},\n", "}},\n") if late.count("then") else late.replace("},\n", ", then: {band: 0.5}},\n")
    expect(pair(budget(*first), soft.replace("limit", "§limit")), "budget-never-acts")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("10 USD", "day", ""), ("9 USD", "day", "of: {team: x}")),
        (("10 USD", "day", ""), ("20 USD", "month", "")),
        (("10 USD", "day", "of: {team: x}"), ("20 USD", "day", "")),
        (("10 USD", "day", "of: {team: x}"), ("20 USD", "day", "of: {team: [x, y]}")),
        (("10 USD", "day", "of: {model: mid}"), ("20 USD", "day", "of: {model: big}")),
        (("10 USD", "day", ""), ("20 tokens", "day", "")),
        (("10 USD", "day", "each: key"), ("20 USD", "day", "")),
        (("10 USD", "day", "each: key"), ("20 USD", "day", "each: team")),
        (("1 USD", "hour", ""), ("25 USD", "day", "")),
        (("1 USD", "day", ""), ("31 USD", "month", "")),
        (("10 USD", "day", "then: {band: 0.2}"), ("20 USD", "day", "")),
        (("10 USD", "day", "then: {band: 0.2}"), ("20 USD", "day", "then: {band: 0.3}")),
        (("10 USD", "day", "then: {band: 0.2}"), ("10 USD", "day", "then: {band: 0.3}")),
    ],
)
def test_a_budget_that_another_leaves_something(first: tuple[str, str, str], second: tuple[str, str, str]) -> None:
    expect(pair(budget(*first), budget(*second, name="two")))


@pytest.mark.parametrize("rest", ["", "then: {band: 0.5}", "of: {team: [x, y]}, then: {models: big, otherwise: serve}"])
def test_budgets_that_say_the_same(rest: str) -> None:
    second = budget("10 USD", "day", rest.replace("[x, y]", "[y, x]"), "two").replace("{name", "§{name")
    expect(pair(budget("10 USD", "day", rest), second), "budget-duplicate")


def test_who_comes_first_is_told() -> None:
    (finding,) = lint(sources(pair(budget("10 USD", "day"), budget("20 USD", "day", name="two"))), DAY, 180)
    assert finding.sentence == "The budget 'two' can never be reached: 'one' denies first, at 10 USD per day."
    assert finding.suggestion == "Take it out, or lower its limit."


def test_the_house_precedes_a_policy_and_never_the_other_way() -> None:
    house = "budgets: [{name: house, limit: 10 USD, per: day}]\n"
    expect(house + A + budget("20 USD", "day").replace("limit", "§limit") + END, "budget-never-reached")
    expect(house + A + budget("5 USD", "day") + END)
    ample = house.replace("10", "100")
    expect(ample + A + budget("5 USD", "day") + END + "  b: {because: x, band: 0.2}\n")


def test_an_extended_policy_precedes_and_is_told_once() -> None:
    late = budget("20 USD", "day", name="two").replace("limit", "§limit")
    expect(A + budget("10 USD", "day") + END + B + late + END, "budget-never-reached")
    expect(A + budget("20 USD", "day") + END + B + budget("10 USD", "day", name="two") + END)
    expect(A + budget("10 USD", "day") + late + END + "  b: {extends: a}\n", "budget-never-reached")


def test_a_budget_of_another_policy() -> None:
    other = "  b: {because: x, band: 0.2}\n"
    expect(A + budget("9 USD", "day", "of: {§policy: b}") + END + other, "budget-elsewhere")
    expect(
        A + budget("9 USD", "day", "of: {§policy: b}, then: {band: 0, models: big}") + END + other, "budget-elsewhere"
    )
    expect(A + budget("9 USD", "day", "of: {policy: [a, b]}") + END + other)
    expect(A + budget("9 USD", "day", "of: {policy: b}") + END + other.replace("because: x", "extends: a"))
    expect("budgets: [{name: h, limit: 1 USD, per: day, of: {policy: b}}]\n" + HEAD + other)


def test_a_budget_on_models_that_may_not_answer() -> None:
    narrow = A.replace("budgets", "models: Bel, budgets")
    expect(narrow + budget("9 USD", "day", "of: {§model: Ada}") + END, "budget-counts-nothing")
    expect(narrow + budget("9 USD", "day", "of: {model: Ada}") + END + "  b: {extends: a, models: Ada}\n")


@pytest.mark.parametrize(
    ("band", "rules", "codes"),
    [
        ("§band: 0.1", "", ["budget-band-not-wider"]),
        ("§band: 0.05", "", ["budget-band-not-wider"]),
        ("band: 0.11", "", []),
        ("band: 0.1", "{name: r, because: x, when: {task: law}, set: {band: 0.05}}", []),
        ("§band: 0.1", "{name: r, because: x, when: {task: law}, set: {prefer: big}}", ["budget-band-not-wider"]),
    ],
)
def test_a_band_that_is_no_wider(band: str, rules: str, codes: list[str]) -> None:
    expect(f"{A}{budget('9 USD', 'day', f'then: {{{band}}}')}  ], rules: [{rules}]}}\n", *codes)


def test_a_band_of_the_house_that_is_wider_somewhere() -> None:
    house = "budgets: [{name: h, limit: 1 USD, per: day, then: {band: 0.1}}]\n"
    expect(house.replace("band", "§band") + HEAD, "budget-band-not-wider")
    expect(house + HEAD + "  b: {because: x, band: 0.05}\n")


@pytest.mark.parametrize(
    ("rest", "codes"),
    [
        ("then: {§models: [Ada, Bel]}", ["budget-bars-nothing"]),
        ("of: {model: big}, then: {§models: Ada}", ["budget-bars-nothing"]),
        ("then: {models: mid, otherwise: deny}", []),
        ("of: {model: big}, then: {§models: small}", ["budget-refuses-named"]),
        ("each: model, then: {§models: small}", ["budget-refuses-named"]),
    ],
)
def test_models_that_stay_at_the_limit(rest: str, codes: list[str]) -> None:
    expect(A + budget("9 USD", "day", rest) + END, *codes)


def test_a_relief_that_leaves_nobody() -> None:
    narrow = A.replace("budgets", "models: Bel, budgets")
    expect(narrow + budget("9 USD", "day", "then: {§models: Ada}") + END, "budget-leaves-nothing")
    expect(narrow + budget("9 USD", "day", "each: model, then: {models: Ada}") + END)
