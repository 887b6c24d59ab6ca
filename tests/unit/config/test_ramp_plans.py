"""ramps.yaml: ramps moved by hand, governed ones with their defaults, and what is wrong with others."""

from decimal import Decimal
from pathlib import Path

import pytest

from router.config import load
from router.config.ramps.ramp_shares import SHARES, at_rest, shares_of, with_shares
from router.config.scalars import duration, money
from router.errors import ConfigError
from router.types import (
    Caps,
    Condition,
    Config,
    Guardrails,
    InForce,
    Judging,
    MinimumSpend,
    OneOf,
    Schedule,
    Standard,
    Step,
)

HEAD = "ramps:\n  - name: r\n    because: x\n    original: gpt-5\n    substitute: mai-1\n"


def loaded(folder: Path, text: str) -> Config:
    (folder / "ramps.yaml").write_text(text, encoding="utf-8")
    return load(folder)


def problem(folder: Path, more: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, HEAD + more)
    (problem,) = caught.value.problems
    return str(problem).replace(f"{folder}/", "")


def test_a_ramp_with_a_share_moves_by_hand(tmp_path: Path) -> None:
    config = loaded(tmp_path, HEAD + "    share: 0.25\n    unit: user\n")
    assert (config.plans, [(ramp.share, ramp.unit) for ramp in config.ramps]) == ((), [(0.25, "user")])


def test_a_ramp_without_one_is_governed_by_defaults_and_moves_nothing(tmp_path: Path) -> None:
    config = loaded(tmp_path, HEAD)
    (plan,) = config.plans
    assert config.ramps == ()
    assert [step.share for step in plan.steps] == [0.01, 0.05, 0.1, 0.25, 0.5, 1.0]
    assert set(plan.steps) == {Step(share, 3600.0, 50) for share in (0.01, 0.05, 0.1, 0.25, 0.5, 1.0)}
    assert (plan.standard, plan.approvals, plan.watch_pairs) == (Standard(0.05, 0.05), 1, 2000)
    assert (plan.shadow.sample, plan.shadow.judge, plan.shadow.budget) == (0.1, Judging("truth"), Decimal(5_000_000))
    assert (plan.guardrails, plan.caps, plan.schedule) == (Guardrails(0.02), Caps(), None)


def test_everything_may_be_said(tmp_path: Path) -> None:
    more = """
    steps: [0.1, {share: 0.5, after: 2 days, pairs: 200}, {share: 1, pairs: 0}]
    evidence: {margin: 0.04, alpha: 0.01, after: 30 minutes, pairs: 9, watch: 500, tasks: {law: {margin: 0.02}}}
    shadow: {sample: 0.5, judge: {model: llama-3.3-70b}, budget: 0.50 USD}
    guardrails: {errors: 0.01, slow: {beyond: 5 s, by: 0.1}}
    caps: {owner_share: {Microsoft: 0.6}, shifted: 100 USD, commitment: {owner: OpenAI, spend: 1000 USD, per: day}}
    schedule: {days: [fri, mon], hours: "09:00-17:00", timezone: Asia/Seoul}
    approvals: 2
"""
    (plan,) = loaded(tmp_path, HEAD + more).plans
    assert plan.steps == (Step(0.1, 1800.0, 9), Step(0.5, 172_800.0, 200), Step(1.0, 1800.0, 0))
    assert (plan.standard, plan.standard_of("law"), plan.standard_of("chat")) == (
        Standard(0.04, 0.01),
        Standard(0.02, 0.01),
        Standard(0.04, 0.01),
    )
    assert (plan.shadow.judge, plan.shadow.budget) == (Judging("model", "llama-3.3-70b"), Decimal(500_000))
    assert plan.guardrails == Guardrails(0.01, 5000.0, 0.1)
    assert plan.caps == Caps({"Microsoft": 0.6}, Decimal(100_000_000), MinimumSpend("OpenAI", Decimal(10**9), "day"))
    assert plan.schedule == Schedule((0, 4), 540, 1020, "Asia/Seoul")
    assert (plan.approvals, plan.watch_pairs) == (2, 500)


def test_a_schedule_is_in_the_configuration_s_timezone_unless_said(tmp_path: Path) -> None:
    (plan,) = loaded(tmp_path, HEAD + "    schedule: {}\n").plans
    assert plan.schedule == Schedule()


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("    share: 0.1\n    steps: [1]\n", "ramps.yaml:7:5: a ramp with a `share` is moved by hand"),
        ("    steps: [0.5, 0.5]\n", "ramps.yaml:6:18: each step moves more than the one before; 0.5 follows 0.5"),
        ("    steps: [0]\n", "ramps.yaml:6:13: ramps.0.steps.0"),
        ("    steps: [{share: 1, aftr: 1 hour}]\n", "unknown key 'aftr'"),
        ("    evidence: {after: soon}\n", 'write a stretch such as "30 minutes"'),
        ("    shadow: {budget: 5 tokens}\n", 'write a sum such as "5 USD"'),
        ("    shadow: {judge: coin}\n", "cannot be 'coin'"),
        ("    shadow: {judge: {}}\n", "ramps.yaml:6:14: a judge is a `model` or a `check`: name one"),
        ("    shadow: {judge: {model: gpt-55}}\n", "no model is called 'gpt-55'. Did you mean 'gpt-5'?"),
        ("    shadow: {judge: {model: gpt-5-mini}}\n", "'gpt-5-mini' would judge gpt-5 of its own family or owner"),
        ("    caps: {owner_share: {Microsfot: 1}}\n", "no model's owner is 'Microsfot'. Did you mean 'Microsoft'?"),
        ("    caps: {commitment: {owner: OpenAi, spend: 1 USD}}\n", "Did you mean 'OpenAI'?"),
        ("    schedule: {timezone: Mars}\n", "ramps.yaml:6:16: no timezone is called 'Mars'"),
        ("    schedule: {days: [someday]}\n", "cannot be 'someday'"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, more: str, expected: str) -> None:
    assert expected in problem(tmp_path, more)


def test_a_judge_of_the_own_family_may_be_named_where_that_is_flagged(tmp_path: Path) -> None:
    (plan,) = loaded(tmp_path, HEAD + "    shadow: {judge: {model: gpt-5-mini, own_family: flag}}\n").plans
    assert plan.shadow.judge == Judging("model", "gpt-5-mini", own_family=True)


def test_a_check_has_settings_of_its_own_and_clients_may_rate(tmp_path: Path) -> None:
    (plan,) = loaded(tmp_path, HEAD + "    shadow: {judge: {check: mine, settings: {depth: 2}}}\n").plans
    assert plan.shadow.judge == Judging("check", "mine", {"depth": 2})
    (plan,) = loaded(tmp_path, HEAD + "    shadow: {judge: feedback}\n").plans
    assert plan.shadow.judge == Judging("feedback")


def test_the_truth_is_known_of_stand_ins_alone(tmp_path: Path) -> None:
    catalog = (Path(__file__).parents[3] / "seeds" / "catalog.yaml").read_text(encoding="utf-8")
    (tmp_path / "catalog.yaml").write_text(catalog.replace("stand_in: true", "stand_in: false", 1), encoding="utf-8")
    assert "the truth is known of stand-ins alone, and 'gpt-5' is none" in problem(tmp_path, "")


@pytest.mark.parametrize(
    ("text", "seconds"), [("90 s", 90), ("30 minutes", 1800), ("1.5 hours", 5400), ("2 days", 172_800), ("1 h", 3600)]
)
def test_durations(text: str, seconds: float) -> None:
    assert duration(text) == seconds


def test_no_stretch_is_longer_than_a_calendar() -> None:
    assert duration("36500 days") == 36_500 * 86_400
    with pytest.raises(ValueError, match="longer than 100 years"):
        duration("99999999999999 days")


def test_sums_of_money() -> None:
    assert money("0.50 USD") == Decimal(500_000)
    with pytest.raises(ValueError, match="write a sum"):
        money("5 requests")


def test_shares_in_force_are_another_revision_of_the_same_files(tmp_path: Path) -> None:
    text = (
        HEAD
        + "    when: {task: [chat, law]}\n"
        + HEAD.removeprefix("ramps:\n").replace(": r", ": s")
        + "    share: 1\n"
    )
    rest = loaded(tmp_path, text)
    moving = with_shares(rest, {"r": InForce(0.25, ("law",)), "unknown": InForce(1.0)})
    assert [(ramp.name, ramp.share) for ramp in moving.ramps] == [("r", 0.25), ("s", 1.0)]
    assert moving.ramps[0].when == Condition((OneOf("task", frozenset({"chat"})),))
    assert moving.revision != rest.revision
    assert at_rest(moving) == rest
    assert at_rest(moving).revision == rest.revision
    assert with_shares(moving, {}) == rest
    assert shares_of(moving.documents) == {"r": InForce(0.25, ("law",))}
    assert shares_of(rest.documents) == {}
    assert SHARES not in rest.documents


def test_a_task_that_went_back_leaves_every_other(tmp_path: Path) -> None:
    rest = loaded(tmp_path, HEAD + '    when: {difficulty: "< 0"}\n')
    (ramp,) = with_shares(rest, {"r": InForce(1.0, ("law",))}).ramps
    test, other = ramp.when.tests
    assert "law" not in test[1]
    assert len(test[1]) == 13
    assert other.subject == "difficulty"
    assert with_shares(rest, {"r": InForce(1.0)}).ramps[0].when == rest.plans[0].ramp.when
