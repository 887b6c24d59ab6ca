"""Days, dates and several stretches of the day: as they are written, told, and ended."""

from datetime import date
from typing import Any

import pytest
from builders import DAY, ask, features

from router.config import load
from router.config.load import with_policies
from router.decision.conditions import facts_of, holds
from router.errors import ConfigError
from router.policy.describe import describe
from router.policy.expand import spelled_out
from router.types import Condition, Situation
from unit.policy_samples import HEAD, expect

SHIPPED = load()


def config(when: str, trial: str = "") -> Any:
    rule = f"{{name: r, because: x, when: {when}, set: {{band: 0.5}}}}"
    tests = f"    tests: [{trial}]\n" if trial else ""
    return with_policies(
        SHIPPED, f"default: p\npolicies:\n  p:\n    because: x\n    band: 0\n    rules: [{rule}]\n{tests}".encode()
    )


def condition(when: str) -> Condition:
    compiled: Condition = config(when).policies["p"].rules[0].when
    return compiled


def applies(when: str, day: str, minute: int = 720) -> bool:
    situation = Situation(DAY, minute=minute, calendar_day=date.fromisoformat(day).toordinal())
    return holds(condition(when), facts_of(features(), ask(), situation))


@pytest.mark.parametrize(
    ("when", "day", "minute", "held"),
    [
        ('{until: "2026-12-04 18:00"}', "2026-12-04", 1079, True),
        ('{until: "2026-12-04 18:00"}', "2026-12-04", 1080, False),
        ("{until: 2026-12-04}", "2026-12-04", 1439, True),
        ("{until: 2026-12-04}", "2026-12-05", 0, False),
        ("{from: 2026-12-04}", "2026-12-04", 0, True),
        ("{from: 2026-12-04}", "2026-12-03", 1439, False),
        ('{from: 2026-12-04, until: "2026-12-04 12:00"}', "2026-12-04", 719, True),
        ("{days: [sat, sun]}", "2026-11-28", 0, True),
        ("{days: [sat, sun]}", "2026-11-30", 0, False),
        ("{days: {not: mon}}", "2026-11-30", 0, False),
        ('{time: ["09:00-12:00", "22:00-02:00"]}', "2026-11-30", 60, True),
        ('{time: ["09:00-12:00", "22:00-02:00"]}', "2026-11-30", 720, False),
    ],
)
def test_when_it_applies(when: str, day: str, minute: int, held: bool) -> None:
    assert applies(when, day, minute) is held


def test_where_no_calendar_is_said_the_day_of_the_prices_is_it() -> None:
    saturday = Situation(date(2026, 11, 28))
    assert holds(condition("{days: sat}"), facts_of(features(), ask(), saturday))


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("{until: friday}", "write a day such as"),
        ("{until: 2026-02-30}", "write a day such as"),
        ('{from: "2026-12-04 25:00"}', "write a time of day"),
        ("{days: saturday}", "days"),
        ("{days: 's*'}", "no pattern"),
        ("{time: []}", "time"),
    ],
)
def test_what_is_no_day_says_what_to_write(when: str, why: str) -> None:
    with pytest.raises(ConfigError) as raised:
        config(when)
    assert why in str(raised.value)


def test_a_test_states_the_day_alone() -> None:
    with pytest.raises(ConfigError, match="the time as `time`"):
        config("{days: sat}", '{given: {task: chat, date: "2026-12-04 18:00"}, expect: {rules: r}}')


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ('{from: 2026-12-01, until: "2026-12-04 18:00"}', "date is from 2026-12-01 until 2026-12-04 18:00"),
        ("{until: 2026-12-04}", "date is until 2026-12-04"),
        ('{from: "2026-12-01 09:00"}', "date is from 2026-12-01 09:00"),
        ("{days: [sun, sat]}", "days is sat or sun"),
        ('{time: ["09:00-12:00", "22:00-02:00"]}', "time is 09:00-12:00 or 22:00-02:00"),
    ],
)
def test_it_is_described_and_spelled_out_so_that_it_means_the_same(when: str, words: str) -> None:
    given = config(when, "{given: {task: chat, date: 2026-12-04}, expect: {model: '*'}}")
    assert describe(given.policies["p"].rules[0].when) == words
    assert describe(given.policies["p"].tests[0].given) == "task chat, date 2026-12-04"
    assert with_policies(SHIPPED, spelled_out(given, ("p",)).encode()).policies["p"] == given.policies["p"]


def rule(when: str) -> str:
    return HEAD.replace("0.1}", f"0.1, rules: [{{name: r, because: x, when: {when}, set: {{band: 0}}}}]}}")


def test_lint_tells_of_what_has_ended_and_of_what_can_never_be() -> None:
    expect(rule("{§until: 2026-11-01}"), "rule-ended")
    expect(rule("{until: 2026-11-21}"))
    expect(rule("{from: 2026-11-01}"))
    expect(rule("{from: 2027-01-02, §until: 2027-01-01}"), "rule-never-applies")
    expect(
        "guards:\n  - {name: g, because: x, when: {§until: 2026-11-01}, never: {model: big}}\n" + HEAD, "guard-ended"
    )


def test_a_guard_for_a_time_is_tried_by_a_test_of_that_time() -> None:
    guard = "guards:\n  - {§name: g, because: x, when: {from: 2026-12-01}, never: {model: big}}\n"
    tested = HEAD.replace("0.1}", "0.1, tests: [{given: {task: law, date: DAY}, expect: {model: '*'}}]}")
    expect(guard.replace("§", "") + tested.replace("DAY", "2026-12-01"))
    expect(guard + tested.replace("DAY", "2026-11-30"), "guard-untested")
