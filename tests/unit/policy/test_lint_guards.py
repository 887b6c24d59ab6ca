"""Guards that lint tells of, each with its place, and guards that it does not."""

import pytest

from router.policy.lint import lint
from unit.policy_samples import DAY, HEAD, expect, sources


def guard(never: str, when: str = "", name: str = "g") -> str:
    said = f", when: {when}" if when else ""
    return f"  - {{name: {name}, because: x, never: {never}{said}}}\n"


def sentence(text: str) -> str:
    (finding,) = lint(sources(text), DAY, 180)
    return finding.sentence


def test_ordinary_guards_are_not_told_of() -> None:
    expect("guards:\n" + guard("{region: us}", "{residency: eu}") + guard("{model: small}", name="h") + HEAD)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("guards:\n" + guard("{owner: Ada, family: Gum}").replace("never", "§never") + HEAD, "fits all the keys"),
        (
            HEAD.replace("0.1}", "0.1, models: Bel, guards: [{name: g, because: x, §never: {owner: Ada}}]}"),
            "no model that it names is allowed",
        ),
    ],
)
def test_a_guard_that_bars_nothing(text: str, why: str) -> None:
    expect(text, "guard-bars-nothing")
    assert why in sentence(text.replace("§", ""))


@pytest.mark.parametrize(
    "rest",
    [
        ", rules: [{name: r, because: x, when: {task: law}, set: {models: Ada}}]}\n",
        "}\n  b: {extends: a, models: [Ada, Bel]}\n",
    ],
)
def test_a_guard_that_bars_something_in_a_rule_or_in_a_policy_that_extends(rest: str) -> None:
    expect(
        HEAD.replace(
            "0.1}\n", "0.1, models: Bel, guards: [{name: g, because: x, never: {owner: Ada}, when: {key: k}}]" + rest
        )
    )


def test_a_guard_that_nothing_passes() -> None:
    expect("guards:\n" + guard("{owner: Ada}", '{§difficulty: "> 1 and < 1"}') + HEAD, "guard-never-applies")


def test_a_guard_on_a_language_that_no_reader_tells() -> None:
    expect("guards:\n" + guard("{owner: Ada}", "{language: [§it, ko]}") + HEAD, "language-unknown")


TOGETHER = "Together, the guards"


@pytest.mark.parametrize(
    ("guards", "expected"),
    [
        ([guard("{owner: [Ada, Bel]}")], "The guard 'g' leaves no model for any task under a."),
        ([guard("{family: Fir}", "{task: [law, math]}")], "The guard 'g' leaves no model for law or math under a."),
        ([guard("{family: Fir}")], "The guard 'g' leaves no model for law or math under a."),
        (
            [guard("{owner: Ada}", "{task: law}"), guard("{owner: Bel}", '{difficulty: ">= 1"}', "h")],
            f"{TOGETHER} 'g' and 'h' leave no model for law under a.",
        ),
        (
            [guard("{owner: Ada}", "{needs: json}"), guard("{owner: Bel}", "{needs: audio}", "h")],
            f"{TOGETHER} 'g' and 'h' leave no model for any task under a.",
        ),
    ],
)
def test_guards_that_leave_nobody(guards: list[str], expected: str) -> None:
    text = "guards:\n" + "".join([*guards[:-1], guards[-1].replace("{name", "§{name")]) + HEAD
    expect(text, "guard-leaves-nothing")
    assert sentence(text.replace("§", "")) == expected


@pytest.mark.parametrize(
    "whens",
    [
        ("{task: law}", "{task: math}"),
        ("{complexity: low}", "{complexity: high}"),
        ('{difficulty: "< 1"}', '{difficulty: ">= 1"}'),
        ('{input_tokens: "< 10"}', '{input_tokens: ">= 10"}'),
        ('{time: "08:00-20:00"}', '{time: "20:00-08:00"}'),
        ("{language: en}", "{language: ko}"),
    ],
)
def test_guards_that_never_apply_to_one_request(whens: tuple[str, str]) -> None:
    expect("guards:\n" + guard("{owner: Ada}", whens[0]) + guard("{owner: Bel}", whens[1], "h") + HEAD)


def test_guards_that_both_apply_where_something_is_not_known() -> None:
    first, second = guard("{owner: Ada}", "{residency: eu}"), guard("{owner: Bel}", "{residency: us}", "§h")
    text = "guards:\n" + first + second.replace("{name: §h", "§{name: h") + HEAD
    expect(text, "guard-unknown-leaves-nothing")
    assert sentence(text.replace("§", "")) == (
        "Where a caller's residency is not known, the guards 'g' and 'h' all apply and leave no model for any task "
        "under a."
    )


def test_of_many_guards_that_look_at_one_unknown_thing_two_are_told() -> None:
    bars = {"h": "{owner: Ada}", "i": "{owner: Bel}", "j": "{owner: Ada}", "k": "{owner: Bel}"}
    teams = [guard(never, f"{{team: {name}}}", name) for name, never in bars.items()]
    text = "guards:\n" + teams[0] + teams[1].replace("{name", "§{name") + teams[2] + teams[3] + HEAD
    expect(text, "guard-unknown-leaves-nothing")


def test_only_the_smallest_sets_are_told() -> None:
    bars = [guard("{model: big}", "{tags: x}"), guard("{model: mid}", "{tags: y}", "h")]
    last = guard("{model: small}", "{tags: z}", "i")
    text = "guards:\n" + bars[0] + (bars[1] + last).replace("{name", "§{name") + HEAD
    expect(text, "guard-leaves-nothing", "guard-leaves-nothing")
    findings = lint(sources(text.replace("§", "")), DAY, 180)
    assert [finding.sentence for finding in findings] == [
        f"{TOGETHER} 'g' and 'h' leave no model for law or math under a.",
        f"{TOGETHER} 'g' and 'h' and 'i' leave no model for chat under a.",
    ]


def test_guards_on_regions_leave_a_model_its_others() -> None:
    first, second = guard("{region: us}", "{tags: x}"), guard("{region: eu}", "{tags: y}", "§h")
    text = "guards:\n" + first + second.replace("{name: §h", "§{name: h")
    expect(text + HEAD, "guard-leaves-nothing")
    assert sentence((text + HEAD).replace("§", "")) == f"{TOGETHER} 'g' and 'h' leave no model for law or math under a."
    third = guard("{region: kr, model: small}", "{tags: z}", "§i").replace("{name: §i", "§{name: i")
    expect(text + third + HEAD, "guard-leaves-nothing", "guard-leaves-nothing")


def test_what_leaves_nobody_is_told_once_where_the_policy_says_it() -> None:
    house = "guards:\n" + guard("{owner: Ada}", "{residency: eu}")
    expect(house + HEAD + "  b: {extends: a, §models: big}\n", "guard-leaves-nothing")
    expect(house + HEAD.replace("0.1}", "0.1, §models: big}") + "  b: {extends: a}\n", "guard-leaves-nothing")
    own = "  b: {extends: a, guards: [§{name: h, because: x, never: {owner: Bel}}], models: [mid, big]}\n"
    expect(house + HEAD + own, "guard-leaves-nothing")
