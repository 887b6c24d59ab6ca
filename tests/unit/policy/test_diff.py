"""What changed in meaning, and one change taken without the others."""

from dataclasses import replace
from typing import Any

import pytest

from router.policy.config_patch import settled
from router.policy.describe import describe
from router.policy.diff import Difference, differences, with_only
from router.types import Config, Deployment, Resilience
from unit.policy_samples import CATALOG, HEAD, PRICES, config

A = HEAD.replace("0.1}", "0.1, %s}")
RULE = "{name: %s, because: x, when: {task: law}, set: {band: 0.3}}"
GUARD = "{name: g, because: x, never: {model: %s}}"
BUDGET = "{name: b, limit: %s USD, per: day}"
CHILD = "  b: {extends: a}\n"


def rules(names: str) -> str:
    return A % f"rules: [{', '.join(RULE % name for name in names)}]"


def found(before: str, after: str) -> list[tuple[str, str, str, str]]:
    """Every difference, once it is seen that they lead from the one to the other."""
    first, other = config(before), config(after)
    return [(".".join(each.path), each.kind, each.before, each.after) for each in checked(first, other)]


def checked(first: Config, other: Config) -> tuple[Difference, ...]:
    describe = differences(first, other)
    step = first
    for each in describe:
        step = with_only(step, other, each)
        assert each not in differences(step, other)
    assert differences(step, other) == ()
    assert differences(first, first) == differences(other, other) == ()
    return describe


@pytest.mark.parametrize(
    ("before", "after", "difference"),
    [
        (HEAD, HEAD.replace("0.1", "0.2"), ("policies.a.band", "changed", "0.1", "0.2")),
        (HEAD, HEAD.replace("because: x", "because: y"), ("policies.a.because", "changed", "x", "y")),
        (HEAD, A % "optimize: latency", ("policies.a.optimize", "changed", "cost", "latency")),
        (HEAD, A % "models: Bel", ("policies.a.models", "added", "", "mid, small")),
        (A % "prefer: Bel", HEAD, ("policies.a.prefer", "removed", "mid, small", "")),
        (A % "prefer: Bel", A % "prefer: big", ("policies.a.prefer", "changed", "mid, small", "big")),
        (HEAD, A % "consent: owner", ("policies.a.consent", "added", "", "owner")),
        (HEAD, A % "disclosure: header", ("policies.a.disclosure", "changed", "receipt", "header")),
        (HEAD, A % "charge: asked", ("policies.a.charge", "changed", "served", "asked")),
        (HEAD, A % "aliases: [z, y]", ("policies.a.aliases", "added", "", "y, z")),
        (HEAD, A % "floors: {law: 0.5}", ("policies.a.floors.law", "added", "", "0.5")),
        (A % "floors: {law: 0.5}", A % "floors: {law: 0.6}", ("policies.a.floors.law", "changed", "0.5", "0.6")),
        (A % "floors: {law: 0.5}", HEAD, ("policies.a.floors.law", "removed", "0.5", "")),
        (rules("p"), rules("pq"), ("policies.a.rules.q", "added", "", "band 0.3 when task is law (x)")),
        (rules("pq"), rules("q"), ("policies.a.rules.p", "removed", "band 0.3 when task is law (x)", "")),
        (rules("pq"), rules("qp"), ("policies.a.rules.p", "moved", "1 of 2", "2 of 2")),
        (rules("pqr"), rules("rpq"), ("policies.a.rules.r", "moved", "3 of 3", "1 of 3")),
        (
            rules("p"),
            rules("p").replace("task: law", 'difficulty: "> 1"'),
            ("policies.a.rules.p", "changed", "band 0.3 when task is law (x)", "band 0.3 when difficulty > 1 (x)"),
        ),
        (
            A % f"guards: [{GUARD % 'big'}]",
            A % f"guards: [{GUARD % 'mid'}]",
            ("policies.a.guards.g", "changed", "never big (x)", "never mid (x)"),
        ),
        (
            A % f"budgets: [{BUDGET % 5}]",
            A % f"budgets: [{BUDGET % 6}]",
            ("policies.a.budgets.b", "changed", "5 USD per day, then deny", "6 USD per day, then deny"),
        ),
        (HEAD, "timezone: Asia/Seoul\n" + HEAD, ("timezone", "changed", "UTC", "Asia/Seoul")),
        (HEAD, HEAD + CHILD, ("policies.b", "added", "", "band 0.1 (x)")),
        (HEAD + CHILD, HEAD, ("policies.b", "removed", "band 0.1 (x)", "")),
        (
            HEAD + CHILD,
            (HEAD + CHILD).replace("default: a", "default: b"),
            ("default", "changed", "a", "b"),
        ),
    ],
)
def test_each_kind_of_difference(before: str, after: str, difference: tuple[str, str, str, str]) -> None:
    assert found(before, after) == [difference]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (HEAD, "# a comment\ndefault: a\n\npolicies:\n  a:\n    band: 1.0e-1\n    because: 'x'\n"),
        (HEAD, "timezone: UTC\n" + A % "optimize: cost, charge: served, disclosure: receipt"),
        (A % "models: [mid, big]", A % "models: [big, mid]"),
        (A % "models: Bel", A % 'models: [small, "m*"]'),
        (A % "floors: {law: 0.5, chat: 0.6}", A % "floors: {chat: 0.6, law: 0.50}"),
        (rules("p"), rules("p").replace("task: law", "task: [law]").replace("set: {band: 0.3}", "set: {band: .3}")),
        (HEAD, A % "tests: [{given: {task: law}, expect: {model: big}}]"),
        (rules("p") + CHILD, rules("p") + "  b: {because: x, band: 0.1," + rules("p").split("0.1,")[1]),
    ],
)
def test_what_makes_no_difference(before: str, after: str) -> None:
    assert found(before, after) == []


def test_rules_may_change_move_come_and_go_at_once() -> None:
    after = rules("tpsq").replace("name: q, because: x", "name: q, because: y")
    assert [(change.path[-1], change.kind) for change in checked(config(rules("pqrs")), config(after))] == [
        ("r", "removed"),
        ("t", "added"),
        ("q", "changed"),
        ("q", "moved"),
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [("abcdef", "fedcba"), ("abcd", "cdab"), ("abc", "xcybza"), ("abcdef", "bdxfa"), ("ab", ""), ("", "ab")],
)
def test_any_order_is_reached_step_by_step(before: str, after: str) -> None:
    checked(config(rules(before)), config(rules(after)))


def test_one_move_is_seen_alone() -> None:
    first, other = config(rules("abcd")), config(rules("cdab"))
    moves = differences(first, other)
    assert [each.path[-1] for each in moves] == ["a", "b"]
    orders = ["".join(rule.name for rule in with_only(first, other, each).policies["a"].rules) for each in moves]
    assert orders == ["bcda", "acdb"]


def test_the_longest_order_stays() -> None:
    assert settled("abcd", "dabc") == ("a", "b", "c")
    assert settled("abcd", "cdab") == ("c", "d")
    assert settled("ab", "xy") == ()


def test_a_change_that_is_inherited_says_so() -> None:
    before = HEAD + CHILD
    changed = checked(config(before), config(before.replace("0.1", "0.2")))
    assert [(change.path, change.inherited) for change in changed] == [
        (("policies", "a", "band"), False),
        (("policies", "b", "band"), True),
    ]
    own = checked(config(before), config(before.replace("0.1", "0.2").replace("extends: a", "extends: a, band: 0.3")))
    assert [change.inherited for change in own] == [False, False]
    moved = checked(config(rules("pq") + CHILD), config(rules("qp") + CHILD))
    assert [(change.kind, change.inherited) for change in moved] == [("moved", False), ("moved", True)]


def test_a_change_is_not_inherited_from_what_was_not_extended_before() -> None:
    before = HEAD + "  b: {because: x, band: 0.1}\n"
    assert [change.inherited for change in checked(config(before), config(HEAD.replace("0.1", "0.2") + CHILD))] == [
        False
    ] * 2


def test_names_are_not_inherited() -> None:
    before, after = HEAD + CHILD, (A % "aliases: [y]") + "  b: {extends: a, aliases: [z]}\n"
    assert [change.inherited for change in checked(config(before), config(after))] == [False, False]


def test_a_budget_that_no_longer_shares_an_account_is_another() -> None:
    shared = (A % f"budgets: [{BUDGET % 5}]") + CHILD
    apart = (A % f"budgets: [{BUDGET % 5}]") + CHILD.replace(
        "extends: a", f"because: x, band: 0.1, budgets: [{BUDGET % 5}]"
    )
    assert found(shared, apart) == [
        ("policies.b.budgets.b", "changed", "5 USD per day, then deny, in the account of a", "5 USD per day, then deny")
    ]
    house = f"budgets: [{BUDGET % 5}]\n" + HEAD
    assert found(HEAD, house)[0][3] == "5 USD per day, then deny, in the account of the house"


def _catalog(**changes: Any) -> dict[str, Any]:
    """The catalog with its first model changed."""
    return {**CATALOG, "models": [{**CATALOG["models"][0], **changes}, *CATALOG["models"][1:]]}


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"context": 20_000}, ("models.big.context", "changed", "10,000", "20,000")),
        ({"regions": ["us", "eu"]}, ("models.big.regions", "changed", "us", "eu, us")),
        ({"stand_in": False}, ("models.big.stand_in", "changed", "true", "false")),
        ({"verbosity": 1.5}, ("models.big.verbosity", "changed", "1", "1.5")),
        (
            {"speed": {**CATALOG["models"][0]["speed"], "first_token_ms": 50}},
            ("models.big.speed.first_token_ms", "changed", "100", "50"),
        ),
        (
            {"abilities": {**CATALOG["models"][0]["abilities"], "values": {"chat": 3, "law": 2.5, "math": 3}}},
            ("models.big.abilities.law", "changed", "2", "2.5"),
        ),
        (
            {"abilities": {**CATALOG["models"][0]["abilities"], "values": {"chat": 3, "law": 2}}},
            ("models.big.abilities.math", "removed", "3", ""),
        ),
        (
            {"abilities": {**CATALOG["models"][0]["abilities"], "loadings": [0.5, 1]}},
            ("models.big.abilities.loadings", "added", "", "0.5; 1"),
        ),
    ],
)
def test_models_differ_by_their_fields(changes: dict[str, Any], difference: tuple[str, str, str, str]) -> None:
    (change,) = checked(config(HEAD), config(HEAD, catalog=_catalog(**changes)))
    assert (".".join(change.path), change.kind, change.before, change.after) == difference


def test_where_numbers_come_from_makes_no_difference() -> None:
    noted = _catalog(note="new", source="elsewhere", date="2026-11-02", status="measured")
    row = {**PRICES["prices"]["big"][0], "checked": "2026-11-20", "source": "elsewhere"}
    assert (
        checked(config(HEAD), config(HEAD, catalog=noted, prices={"prices": {**PRICES["prices"], "big": [row]}})) == ()
    )


def test_governed_ramps() -> None:
    ramp = {"name": "r", "because": "x", "original": "big", "substitute": "mid"}
    (changed,) = checked(
        config(HEAD, ramps={"ramps": [ramp]}), config(HEAD, ramps={"ramps": [{**ramp, "approvals": 2}]})
    )
    assert (changed.path, changed.kind, changed.label) == (("plans", "r"), "changed", "governed ramp r changed")
    assert "1 to approve" in changed.before


def test_deployments_and_resilience() -> None:
    before = config(HEAD)
    after = replace(before, deployments=(Deployment("d", "big", "p"),), resilience=Resilience(hedge_s=1.0))
    assert [difference.label for difference in differences(before, after)] == [
        "deployment d added",
        f"resilience: {describe(before.resilience)} -> {describe(after.resilience)}",
    ]
    for difference in differences(before, after):
        before = with_only(before, after, difference)
    assert differences(before, after) == ()


def test_prices_and_ramps() -> None:
    row = {**PRICES["prices"]["big"][0], "input": 3}
    ramp = {"name": "r", "because": "x", "original": "big", "substitute": "mid", "share": 0.5}
    changed = checked(
        config(HEAD, ramps={"ramps": [ramp, {**ramp, "name": "s"}]}),
        config(
            HEAD,
            prices={"prices": {**PRICES["prices"], "big": [row]}},
            ramps={"ramps": [{**ramp, "name": "s"}, {**ramp, "share": 0}]},
        ),
    )
    assert [(change.path, change.kind) for change in changed] == [
        (("prices", "big"), "changed"),
        (("ramps", "r"), "changed"),
        (("ramps", "r"), "moved"),
    ]
    assert (changed[0].before, changed[0].after) == (
        "1 in, 2 out, 1 cached since 2026-11-01",
        "3 in, 2 out, 1 cached since 2026-11-01",
    )


def test_a_model_comes_with_its_tokenizer_and_goes_without() -> None:
    kinds = {"t": CATALOG["tokenizers"]["t"], "u": {**CATALOG["tokenizers"]["t"], "encoding": "cl100k_base"}}
    more = {
        "tokenizers": kinds,
        "models": [*CATALOG["models"], {**CATALOG["models"][0], "id": "new", "tokenizer": "u"}],
    }
    prices = {"prices": {**PRICES["prices"], "new": PRICES["prices"]["big"]}}
    first, other = config(HEAD), config(HEAD, catalog=more, prices=prices)
    assert [change.path for change in checked(first, other)] == [
        ("models", "new"),
        ("tokenizers", "u"),
        ("prices", "new"),
    ]
    with_model = with_only(first, other, differences(first, other)[0])
    assert {model.tokenizer for model in with_model.models} <= set(with_model.tokenizers)
    assert [each.kind for each in checked(other, first)] == ["removed"] * 3
    still = with_only(other, first, differences(other, first)[1])
    assert "u" in still.tokenizers, "a model that stays still needs it"


def test_the_default_is_always_a_policy() -> None:
    original = config(HEAD)
    other = config(HEAD.replace("default: a", "default: c").replace("  a:", "  c:"))
    default, come, gone = checked(original, other)
    assert [each.label for each in (default, come, gone)] == ["default: a -> c", "policy c added", "policy a removed"]
    assert set(with_only(original, other, default).policies) == {"a", "c"}
    without = with_only(original, other, gone)
    assert (without.default_policy, set(without.policies)) == ("c", {"c"})
    assert with_only(original, other, come).default_policy == "a"


@pytest.mark.parametrize(
    ("path", "kind", "label"),
    [
        (("policies", "p", "band"), "changed", "policies.p.band: 1 -> 2"),
        (("policies", "p", "prefer"), "added", "policies.p.prefer added: 2"),
        (("policies", "p", "floors", "law"), "removed", "policies.p.floors.law removed: 1"),
        (("policies", "p", "rules", "r"), "added", "policies.p: rule r added"),
        (("policies", "p", "guards", "g"), "moved", "policies.p: guard g moved"),
        (("policies", "p", "budgets", "b"), "changed", "policies.p: budget b changed"),
        (("policies", "p"), "added", "policy p added"),
        (("prices", "m"), "changed", "price of m changed"),
        (("models", "m"), "removed", "model m removed"),
        (("models", "m", "context"), "changed", "models.m.context: 1 -> 2"),
        (("models", "m", "abilities", "law"), "changed", "models.m.abilities.law: 1 -> 2"),
        (("tokenizers", "t"), "changed", "tokenizer t changed"),
        (("ramps", "r"), "moved", "ramp r moved"),
        (("default",), "changed", "default: 1 -> 2"),
    ],
)
def test_labels(path: tuple[str, ...], kind: Any, label: str) -> None:
    texts = ("" if kind == "added" else "1", "" if kind == "removed" else "2")
    assert Difference(path, kind, *texts).label == label


def test_taking_one_difference_leaves_the_rest_alone() -> None:
    first, other = config(HEAD), config((A % "optimize: latency").replace("0.1", "0.2"))
    band = next(each for each in differences(first, other) if each.path[-1] == "band")
    taken = with_only(first, other, band)
    assert taken == replace(first, policies={"a": replace(first.policies["a"], band=0.2)})
    assert taken.revision == first.revision
