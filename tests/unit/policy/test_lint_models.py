"""What lint tells of floors, preferences and disclosure, each with its place."""

import pytest

from router.policy.lint import lint
from unit.policy_samples import DAY, HEAD, expect, sources


def policy(more: str, rest: str = "") -> str:
    return HEAD.replace("0.1}", f"0.1, {more}}}") + rest


def sentence(text: str) -> str:
    (finding,) = lint(sources(text.replace("§", "")), DAY, 180)
    return f"{finding.sentence} {finding.suggestion}"


@pytest.mark.parametrize(
    ("floors", "codes"),
    [
        ("floors: {chat: 0.9, law: 0.5}", []),
        ("floors: {§law: 0.9}", ["floor-steep"]),
        ("floors: {law: 0.9, §chat: 0.999}", ["floor-steep", "floor-unreachable"]),
        ("floors: {§chat: 1}", ["floor-unreachable"]),
        ("floors: {law: 0}", []),
        ("floors: {§science: 0.1}", ["floor-unreachable"]),
        ("models: small, floors: {chat: 0.7, §law: 0.1}", ["floor-unreachable"]),
    ],
)
def test_floors(floors: str, codes: list[str]) -> None:
    marks = floors.replace("law: 0.9,", "§law: 0.9,")
    expect(policy(marks), *codes)


def test_a_floor_tells_from_where_on_and_what_would_do() -> None:
    assert sentence(policy("floors: {law: 0.9}")) == (
        "No model that may answer reaches the floor of 0.9 for law at ordinary difficulty: from -0.20 logits on, "
        "requests are refused. At difficulty 0 the best, big, comes to 0.881: lower the floor."
    )
    assert sentence(policy("floors: {law: 0.995}")) == (
        "No model that may answer reaches the floor of 0.995 for law, even at the easiest work: the best, big, comes "
        "to 0.993. Every such request fails. Lower the floor, or allow a better model."
    )
    assert "easiest work. Every" in sentence(policy("floors: {speech: 0.5}"))


def test_guards_that_always_apply_lower_what_can_be_reached() -> None:
    guard = "guards: [{name: g, because: x, never: {owner: Ada}}]\n"
    expect(guard + policy("floors: {§chat: 0.9}"), "floor-steep")
    expect(guard.replace("}]", ", when: {key: k}}]") + policy("floors: {chat: 0.9}"))


def test_a_rule_that_lowers_a_floor_speaks_for_it() -> None:
    rule = "rules: [{name: r, because: x, when: {complexity: high}, set: {floors: {law: 0.2}}}]"
    expect(policy(f"floors: {{law: 0.9}}, {rule}"))
    expect(policy(f"floors: {{§law: 0.9}}, {rule.replace('0.2', '0.95').replace('high', 'low')}"), "floor-steep")


@pytest.mark.parametrize(
    ("when", "change", "codes"),
    [
        ("{task: law}", "{floors: {§law: 0.9}}", ["floor-steep"]),
        ('{difficulty: "< -1"}', "{floors: {law: 0.9}}", []),
        ('{difficulty: ">= -0.1"}', "{floors: {§law: 0.9}}", ["floor-unreachable"]),
        ("{task: chat}", "{models: Bel, floors: {§chat: 0.9}}", ["floor-steep"]),
        ("{task: chat}", "{floors: {chat: 0.9}}", []),
        ('{§difficulty: "> 1 and < 1"}', "{floors: {law: 1}}", ["rule-never-applies"]),
    ],
)
def test_floors_of_rules(when: str, change: str, codes: list[str]) -> None:
    expect(policy(f"rules: [{{name: r, because: x, when: {when}, set: {change}}}]"), *codes)


def test_a_floor_that_narrower_models_do_not_reach() -> None:
    child = "  b: {extends: a, §models: Bel}\n"
    expect(policy("floors: {chat: 0.9}", child), "floor-steep")
    expect(policy("floors: {§law: 0.9}", child.replace("§", "")), "floor-steep")
    expect(policy("floors: {§law: 0.9}", "  b: {extends: a}\n"), "floor-steep")
    expect(policy("floors: {chat: 0.9}", "  b: {extends: a, models: Ada}\n"))


@pytest.mark.parametrize(
    ("more", "codes"),
    [
        ("models: Bel, prefer: [mid, §Ada]", ["prefer-not-allowed"]),
        ("models: Bel, §prefer: Ada", ["prefer-not-allowed"]),
        ("models: Bel, prefer: Fir", []),
        ("prefer: Ada", []),
        ("models: Bel, prefer: Ada, rules: [{name: r, because: x, when: {task: law}, set: {models: Ada}}]", []),
        (
            "models: Bel, rules: [{name: r, because: x, when: {task: law}, set: {§prefer: Ada}}]",
            ["prefer-not-allowed"],
        ),
        ("models: Bel, rules: [{name: r, because: x, when: {task: law}, §prefer: Ada}]", ["prefer-not-allowed"]),
        (
            "rules: [{name: r, because: x, when: {task: law}, set: {models: Bel, prefer: [Bel, §big]}}]",
            ["prefer-not-allowed"],
        ),
        ("models: Bel, rules: [{name: r, because: x, when: {task: law}, set: {models: Ada, prefer: Ada}}]", []),
    ],
)
def test_preferences(more: str, codes: list[str]) -> None:
    expect(policy(more), *codes)


def test_a_preference_of_the_policy_that_is_extended() -> None:
    expect(policy("prefer: Ada", "  b: {extends: a, §models: Bel}\n"), "prefer-not-allowed")
    expect(policy("prefer: Fir", "  b: {extends: a, models: Bel}\n"))
    expect(policy("models: Bel, §prefer: Ada", "  b: {extends: a}\n"), "prefer-not-allowed")


def test_silence_with_exact_consent() -> None:
    expect(policy("§disclosure: silent, consent: exact"), "silent-exact")
    expect(policy("disclosure: silent", "  b: {extends: a, §consent: exact}\n"), "silent-exact")
    expect(policy("disclosure: silent, consent: family"))
    expect(policy("§disclosure: silent, consent: exact", "  b: {extends: a}\n"), "silent-exact")
