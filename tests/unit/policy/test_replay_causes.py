"""Which changes are tried on which requests, and how policies become versions of one."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from builders import ask, config, features, model, policy, ramp

from router.policy.diff import Difference
from router.policy.replay import flip_causes as tried
from router.policy.replay.decide_batch import chunks, decide_all
from router.policy.replay.engine import Engine
from router.policy.replay.flip_causes import Causes, Changes, Versions, as_versions_of_one
from router.policy.replay.replay import SEVERAL, replay
from router.policy.replay.request_columns import Requests
from router.policy.replay.request_targets import wishes_of
from router.types import Between, Caller, Change, Condition, Guard, OneOf, Policy, Rule
from unit.replay_samples import PRICES, STRONG, WEAK, log, many, versions, wide

HARD = Condition((Between("difficulty", 2.0, 99.0),))
CODING = Condition((OneOf("task", frozenset({"coding"})),))
OF_K0 = Condition((OneOf("key", frozenset({"k0"})),))


def rule(name: str, when: Condition, **change: Any) -> Rule:
    return Rule(name, "a test", when, Change(**change))


def of(plain: Policy) -> Any:
    return config(STRONG, WEAK, prices=PRICES, policies={"plain": plain})


def told(before: Policy, after: Policy, requests: Requests | None = None) -> dict[str, int]:
    replayed = replay(requests or many(), Versions(of(before), of(after)))
    return {cause.label: cause.flips for cause in replayed.causes}


def test_each_rule_is_the_cause_of_its_own_flips() -> None:
    rules = (rule("idle", CODING, band=0.0), rule("hard", HARD, band=1.0), rule("k0", OF_K0, band=1.0))
    assert told(policy(0), policy(0, rules=rules)) == {
        "policies.plain: rule hard added": 20,
        "policies.plain: rule k0 added": 10,
        "policies.plain: rule idle added": 0,
    }


def test_a_guard_is_the_cause_where_what_it_looks_at_is_not_known() -> None:
    guard = Guard("house", "a test", OF_K0, ("strong",))
    nobody = log((features(), ask()), (features(), ask(caller=Caller("k0"))), (features(), ask(caller=Caller("k1"))))
    assert told(policy(0), policy(0, guards=(guard,)), nobody) == {"policies.plain: guard house added": 2}


def test_rules_that_change_places_are_tried_everywhere() -> None:
    first, other = rule("one", HARD, band=1.0), rule("other", HARD, band=0.0)
    (label,) = told(policy(0, rules=(first, other)), policy(0, rules=(other, first)))
    assert "moved" in label
    assert told(policy(0, rules=(first, other)), policy(0, rules=(other, first)))[label] == 20


def test_a_difference_is_not_tried_where_it_cannot_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []
    choose = Engine.choose

    def counting(self: Engine, rows: Any, shared: Any) -> Any:
        if isinstance(rows, np.ndarray):
            counts.append(len(rows))
        return choose(self, rows, shared)

    monkeypatch.setattr(Engine, "choose", counting)
    rules = (rule("hard", HARD, band=1.0), rule("never", Condition((OneOf("key", frozenset({"k9"})),)), band=1.0))
    told(policy(0), policy(0, rules=rules))
    assert counts == [20]


def test_a_ramp_is_a_cause() -> None:
    before = wide(0)
    after = replace(before, ramps=(ramp("strong", "weak"),))
    replayed = replay(many(), Versions(before, after))
    assert [(cause.label, cause.flips) for cause in replayed.causes] == [("ramp ramp added", 40)]


def test_ramps_of_models_that_a_version_lacks_move_nothing() -> None:
    before = wide(0)
    after = replace(
        before, ramps=(ramp("gone", "weak", name="a"), ramp("strong", "gone", name="b"), ramp("strong", "weak"))
    )
    assert replay(many(), Versions(before, after)).total.flips == 0


def test_an_alias_or_another_default_is_a_cause() -> None:
    aliased = log((replace(features()), replace(ask(), asked="old")), (features(), ask()))
    before = of(policy(0, aliases=("old",)))
    after = of(policy(0, aliases=("new",)))
    replayed = replay(aliased, Versions(before, after))
    assert (replayed.refusals.newly, sum(cause.flips for cause in replayed.causes)) == (1, 1)


def test_a_model_of_the_second_version_only_is_a_cause() -> None:
    third = model("third", 9.0)
    after = replace(wide(0), models=(STRONG, WEAK, third), prices={**PRICES, "third": PRICES["strong"]})
    replayed = replay(many(), Versions(wide(0), after))
    assert {cause.flips for cause in replayed.causes} == {0, 40}
    assert replayed.causes[0].label in ("model third added", SEVERAL)


def two(**bands: float) -> Any:
    return config(STRONG, WEAK, prices=PRICES, policies={name: policy(band) for name, band in bands.items()})


@pytest.mark.parametrize(
    ("versions", "labels"),
    [
        (Versions(two(p=0, q=1), two(p=0, q=1), "p", "q"), {"policies.p.band: 0 -> 1"}),
        (Versions(two(p=0, q=1), two(p=0, q=1), None, "q"), {"policies.p.band: 0 -> 1"}),
        (Versions(two(p=0, q=1), two(p=0, q=1), "q", None), {"policies.p.band: 1 -> 0"}),
        (Versions(two(p=0, q=1), two(p=1, q=1)), {"policies.p.band: 0 -> 1"}),
    ],
)
def test_policies_are_told_as_versions_of_what_is_asked_for(versions: Versions, labels: set[str]) -> None:
    single = as_versions_of_one(versions)
    assert {difference.label for difference in tried.differences(single.before, single.after)} == labels
    asked = log(*((features(difficulty=n / 10), replace(ask(policy="p"), unit=f"{n}")) for n in range(9)))
    replayed = replay(asked, versions)
    assert replayed.total.flips == 9
    assert {cause.label for cause in replayed.causes if cause.flips} == labels


def test_a_cause_is_a_difference() -> None:
    requests = many()
    causes = Causes(requests, wishes_of(requests), Changes.between(versions()))
    assert all(isinstance(difference, Difference) for difference in causes.differences)
    assert set(causes.found.tolist()) == {tried.NO_FLIP}


def test_many_requests_are_taken_in_chunks() -> None:
    assert [(rows.start, rows.stop) for rows in chunks(0, 3)] == [(0, 0)]
    rows = list(chunks(100_000, 8))
    assert len(rows) > 1
    assert [a.stop for a in rows[:-1]] == [b.start for b in rows[1:]]
    assert rows[-1].stop == 100_000
    requests = many(3000)
    whole = decide_all(requests, wide(0.3))
    halves = [decide_all(requests.take(part), wide(0.3)) for part in (slice(0, 1500), slice(1500, 3000))]
    assert whole.chosen.tolist() == [place for half in halves for place in half.chosen.tolist()]


def test_a_policy_that_nobody_asks_for_flips_nothing() -> None:
    asked = log((features(), ask(policy="p")))
    replayed = replay(asked, Versions(two(p=0, q=0), two(p=0.01, q=1)))
    assert {cause.path[1]: cause.flips for cause in replayed.causes} == {"p": 0, "q": 0}
    replayed = replay(asked, Versions(two(q=0, p=0), two(q=1, p=1)))
    assert [(cause.path[1], cause.flips) for cause in replayed.causes] == [("p", 1), ("q", 0)]


def test_wishes_are_told_apart_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    requests = log(*((features(), replace(ask(), asked=f"a{n % 3}", stated=n % 2 == 0)) for n in range(12)))
    few = wishes_of(requests)
    monkeypatch.setattr("router.policy.replay.request_targets._FEW", 0)
    many_ = wishes_of(requests)
    assert len(few.different) == 6
    assert [few.different[code] for code in few.of] == [many_.different[code] for code in many_.of]
