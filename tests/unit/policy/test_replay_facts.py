"""Every kind of test on every kind of request, beside the one that decides a single request."""

import math
from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
from builders import DAY, ask, features

from router.decision.conditions import HIGH_FROM, MEDIUM_FROM, facts_of, holds
from router.policy.replay.facts import Facts, Lookups
from router.policy.replay.request_columns import gathered
from router.types import ALWAYS, Ask, Between, Caller, Condition, During, Features, OneOf, Situation, Test

TESTS: tuple[Test, ...] = (
    OneOf("task", frozenset({"chat", "math"})),
    OneOf("language", frozenset({"ko"})),
    OneOf("complexity", frozenset({"low"})),
    OneOf("complexity", frozenset({"medium", "high"})),
    OneOf("needs", frozenset({"json", "audio"})),
    OneOf("residency", frozenset({"eu"})),
    OneOf("key", frozenset({"k1"})),
    OneOf("team", frozenset({"red", "blue"})),
    OneOf("tags", frozenset({"batch"})),
    Between("difficulty", 0.5, math.inf),
    Between("difficulty", -math.inf, math.nextafter(0.5, -math.inf)),
    Between("input_tokens", 100, 250),
    During("time", 540, 1080),
    During("time", 1320, 360),
)
DIFFICULTIES = (MEDIUM_FROM, math.nextafter(MEDIUM_FROM, -2), 0.5, math.nextafter(0.5, 0), HIGH_FROM, 0.0)
MINUTES = (0, 359, 360, 539, 540, 1079, 1080, 1319, 1320, 1439)
CALLERS = (Caller(), Caller("k1", "red", "eu", ("batch", "x")), Caller("k2", "green", "kr", ("x",)))


def requests() -> Iterator[tuple[Features, Ask, Situation]]:
    for number, (difficulty, minute, caller) in enumerate(product(DIFFICULTIES, MINUTES, CALLERS)):
        read = features(
            task=("chat", "coding")[number % 2],
            difficulty=difficulty,
            language=("en", "ko", "other")[number % 3],
            input_tokens=(99, 100, 250, 251)[number % 4],
            needs=((), ("json", "tools"), ("vision",))[number % 5 % 3],
        )
        yield read, ask(caller=caller), Situation(DAY, minute=minute)


@pytest.mark.parametrize("unknown", [False, True])
@pytest.mark.parametrize("when", [ALWAYS, *(Condition((test,)) for test in TESTS), Condition((TESTS[0], TESTS[5]))])
def test_a_condition_holds_for_the_same_requests(when: Condition, unknown: bool) -> None:
    known = list(requests())
    columns = gathered(("", *request) for request in known)
    mask = Facts(columns, Lookups(columns), slice(0, len(columns))).holds(when, unknown=unknown)
    assert mask.tolist() == [holds(when, facts_of(*request), unknown=unknown) for request in known]
    assert when == ALWAYS or 0 < mask.sum() < len(known)


def test_a_part_of_the_requests_has_their_facts() -> None:
    columns = gathered(("", *request) for request in requests())
    facts = Facts(columns, Lookups(columns), slice(20, 60)).part(np.array([3, 1]))
    assert facts.number("minute").tolist() == columns.minute[[23, 21]].tolist()
    assert facts.part(np.array([1])).number("minute").tolist() == columns.minute[[21]].tolist()
