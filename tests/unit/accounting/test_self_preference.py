"""Whether the house is favoured: decided again with owners hidden, one favour after another taken away."""

from dataclasses import replace
from typing import Any

import orjson
from builders import SITUATION, ask, ending, exchange, features

from router.accounting.report_json import plain_preference
from router.accounting.savings.owner_blind_config import STEPS, hidden
from router.accounting.savings.self_preference import Preferences, SelfPreference
from router.decision.decide import decide
from router.decision.receipt import settle
from router.types import Caller, Config, Receipt
from unit.money_samples import POLICY, house, ramp

# Of the models within the band: `free` is the cheapest, `own` the house's, `part` the best.
RULE = {"name": "r", "because": "x", "when": {"team": ["t"]}, "set": {"prefer": "House", "models": ["own", "part"]}}
PLAIN = POLICY["policies"]["plain"]


def policies(**changes: Any) -> dict[str, Any]:
    return {"default": "plain", "policies": {"plain": {**PLAIN, **changes}}}


def receipt(config: Config, number: int = 0, **changes: Any) -> Receipt:
    facts = features(task=changes.pop("task", "chat"))
    about = ask(unit=f"unit {number}", caller=Caller(team=changes.pop("team", None)), **changes)
    decision = decide(facts, about, SITUATION, config)
    logged = replace(exchange(decision, facts, about), id=f"{number:032x}")
    return settle(logged, ending(decision.chosen), config)


def weighed(config: Config, *receipts: Receipt) -> SelfPreference:
    preferences = Preferences("House", config, lambda _: config)
    for receipt in receipts:
        preferences.add(receipt)
    return preferences.result()


def many(config: Config, count: int = 40, **changes: Any) -> SelfPreference:
    return weighed(config, *(receipt(config, number, **changes) for number in range(count)))


def test_a_preference_is_found_with_what_it_costs() -> None:
    preference = many(house(policies=policies(prefer="House")))
    assert preference.total.shares == (1.0, 1.0, 0.0, 0.0)
    assert preference.total.verdict == "favours"
    differences = {name: float(difference.value) for name, difference in preference.total.differences.items()}
    # 100 tokens in and 50 out of `own`, where `free` would take 150 and 50.
    assert differences["own"] == 1
    assert differences["paid"] == 150 - 80
    assert differences["margin"] == (150 - 70) - (80 - 25)
    assert 0.1 < differences["quality"] < 0.2
    assert preference.irreproducible == 0


def test_ramps_and_lists_are_favours_too_and_each_is_told_apart() -> None:
    config = house(ramps=[ramp(0.5)], policies=policies(band=0))
    moved, on, off, hidden_ = many(config, 400).total.shares
    assert 0.4 < moved < 0.6
    assert on == off == hidden_ == 0
    assert many(house(policies=policies(models="House"))).total.shares == (1.0, 1.0, 1.0, 0.0)
    ruled = house(policies=policies(rules=[RULE]))
    assert many(ruled, team="t").total.shares == (1.0, 1.0, 1.0, 0.0)
    assert many(ruled).total.shares == (0.0, 0.0, 0.0, 0.0)


def test_guards_consent_and_floors_are_no_favours() -> None:
    guard = {"name": "g", "because": "x", "never": {"owner": ["Partner", "Open"]}}
    assert many(house(policies=policies(guards=[guard]))).total.verdict == "neutral"
    assert many(house(policies=policies(prefer="House")), model="own", consent="exact").total.verdict == "neutral"
    floored = many(house(policies=policies(floors={"chat": 0.8})))
    assert floored.total.shares == (1.0, 1.0, 1.0, 1.0)


def test_the_house_may_also_be_put_off() -> None:
    preference = many(house(policies=policies(models=["part", "free"], floors={"chat": 0.8})))
    assert preference.total.shares == (0.0, 0.0, 0.0, 1.0)
    assert preference.total.verdict == "disfavours"


def test_too_few_conversations_give_no_verdict() -> None:
    assert many(house(policies=policies(prefer="House")), 10).total.verdict == "too_few"
    nothing = weighed(house())
    assert (nothing.total.requests, nothing.total.verdict, nothing.tasks) == (0, "too_few", ())


def test_tasks_are_told_the_largest_first() -> None:
    config = house(policies=policies(prefer="House"))
    receipts = [receipt(config, number, task="law" if number % 3 else "chat") for number in range(9)]
    assert [(task.name, task.requests) for task in weighed(config, *receipts).tasks] == [("law", 6), ("chat", 3)]


def test_charged_as_asked_the_customer_pays_what_the_policy_alone_would() -> None:
    config = house(ramps=[ramp(1)], policies=policies(charge="asked", band=0))
    preference = many(config)
    assert float(preference.total.differences["paid"].value) < 0  # shorter answers, at the asked model's price
    named = many(config, model="part")
    assert named.total.differences["margin"].value > 0


def test_what_does_not_come_out_as_logged_is_counted_apart() -> None:
    config = house(policies=policies(prefer="House"))
    original = receipt(config)
    other = replace(original, decision=replace(original.decision, chosen="free"))
    nowhere = replace(original, situation=replace(original.situation, unhealthy=("own", "part", "free")))
    preference = weighed(config, original, other, nowhere)
    assert (preference.total.requests, preference.irreproducible) == (1, 2)


def test_hiding_takes_one_thing_after_another_and_leaves_what_is_plain_alone() -> None:
    plain = house()
    assert all(each is plain for each in hidden(plain))
    versions = hidden(house(ramps=[ramp(1)], policies=policies(prefer="House", models="House", rules=[RULE])))
    assert [bool(version.ramps) for version in versions] == [True, False, False, False]
    assert [version.policies["plain"].prefer for version in versions] == [(("own",),), (("own",),), None, None]
    assert [version.policies["plain"].rules[0].set.models for version in versions] == [("part", "own")] * 3 + [None]
    assert len(versions) == len(STEPS) + 1


def test_it_can_be_told_as_json() -> None:
    body = orjson.loads(orjson.dumps(plain_preference(many(house(policies=policies(prefer="House"))))))
    assert (body["platform"], body["total"]["verdict"]) == ("House", "favours")
    assert body["total"]["share_after"] == {"ramps": 1.0, "preferences": 0.0, "lists": 0.0}
    assert body["total"]["paid_per_request"]["value_usd"] == "0.00007"
    assert body["tasks"][0]["share_difference"] == {"value": 1.0, "low": 1.0, "high": 1.0}
