"""What a replay adds up: flips, flows, money to the last digit, the worst requests, what is refused."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import orjson
import pytest
from builders import ask, config, features, model, policy, price

from router.decision.scoring import sigmoid
from router.policy.replay.flip_causes import Versions
from router.policy.replay.intervals import Estimate
from router.policy.replay.replay import MOST_KEYS, SEVERAL, replay
from router.policy.replay.report.summary import summarise, summarise_ledger
from router.policy.replay.result import Flow, Shift
from router.policy.replay.sums.exact_sums import ratio
from router.types import Caller
from unit.replay_samples import PRICES, STRONG, WEAK, log, many, told, versions, wide

# 100 tokens in, 50 out.
DEAR, CHEAP = Decimal(2000), Decimal(200)


def test_a_wider_band_moves_everything_to_the_cheap_model() -> None:
    replayed = told()
    assert (replayed.before, replayed.after) == ("<old>", "new & improved")
    assert (replayed.total.requests, replayed.total.flips, replayed.total.answered) == (40, 40, 40)
    assert replayed.flows == (Flow("strong", "weak", 40),)
    assert (replayed.total.cost_before, replayed.total.cost_after) == (40 * DEAR, 40 * CHEAP)
    assert replayed.total.cost.value == pytest.approx(-0.9)
    mean = sum(sigmoid(2 - n / 10) - sigmoid(3 - n / 10) for n in range(40)) / 40
    assert replayed.total.quality.value == pytest.approx(mean)
    assert replayed.total.latency.value == 0


def test_the_groups_are_those_of_the_log() -> None:
    replayed = told()
    assert [(shift.name, shift.requests, shift.flips) for shift in replayed.tasks] == [
        ("chat", 20, 20),
        ("coding", 20, 20),
    ]
    assert [(shift.name, shift.cost_before) for shift in replayed.keys] == [("k0", 20 * DEAR), ("k1", 20 * DEAR)]
    assert [(model.name, model.owner, model.before, model.after) for model in replayed.models] == [
        ("strong", "Owner", 40, 0),
        ("weak", "Other", 0, 40),
    ]
    assert {owner.name: (owner.cost_before, owner.cost_after) for owner in replayed.owners} == {
        "Owner": (40 * DEAR, 0),
        "Other": (0, 40 * CHEAP),
    }


def test_models_of_one_owner_count_together() -> None:
    first = config(STRONG, replace(WEAK, owner="Owner"), prices=PRICES, policies={"plain": policy(0)})
    replayed = replay(many(), Versions(first, replace(first, policies={"plain": policy(1)})))
    assert [(owner.name, owner.before, owner.after) for owner in replayed.owners] == [("Owner", 40, 40)]


def test_only_the_keys_with_the_most_requests_are_told() -> None:
    wishes = [(features(), ask(unit=f"{n}", caller=Caller(f"k{min(n, MOST_KEYS + 5)}"))) for n in range(60)]
    keys = replay(log(*wishes, (features(), ask())), versions()).keys
    assert len(keys) == MOST_KEYS
    assert keys[0].name == f"k{MOST_KEYS + 5}"
    assert keys[1].requests == 1


def test_a_request_without_a_key_is_told_as_one() -> None:
    assert [shift.name for shift in replay(log((features(), ask())), versions()).keys] == ["no key"]


def test_the_worst_are_those_that_lose_the_most() -> None:
    replayed = told()
    losses = sorted((sigmoid(2 - n / 10) - sigmoid(3 - n / 10), n) for n in range(40))[:10]
    assert [lost.id for lost in replayed.worst] == [str(n) for _, n in losses]
    first = replayed.worst[0]
    assert first.quality == pytest.approx(losses[0][0])
    assert (first.before, first.after, first.cost_before, first.cost_after) == ("strong", "weak", DEAR, CHEAP)
    assert first.cause == "policies.plain.band: 0 -> 1"


def test_of_requests_that_lose_the_same_the_first_are_told() -> None:
    replayed = replay(log(*((features(), ask(unit=f"{n}")) for n in range(30))), versions())
    assert [lost.id for lost in replayed.worst] == [str(n) for n in range(10)]


def test_what_gains_is_not_among_the_worst() -> None:
    assert replay(many(), Versions(*reversed(versions()[:2]))).worst == ()


def test_what_a_version_refuses_is_counted_apart() -> None:
    replayed = replay(many(), Versions(wide(0), wide(1, floors={"chat": 0.99})))
    assert replayed.refusals.after == {"no_candidate": 20, "budget_exceeded": 0, "unknown": 0}
    assert (sum(replayed.refusals.before.values()), replayed.refusals.newly) == (0, 20)
    assert replayed.total.answered == 20
    assert replayed.total.cost_before == 20 * DEAR
    assert Flow("strong", "", 20) in replayed.flows
    chat = next(shift for shift in replayed.tasks if shift.name == "chat")
    assert (chat.flips, chat.answered, chat.cost_before, chat.cost) == (20, 0, 0, Estimate(0.0))
    assert replayed.worst[0].task == "coding"


def test_a_name_that_a_version_does_not_know_is_refused_by_it() -> None:
    first = wide()
    other = replace(first, models=(STRONG,), prices={"strong": PRICES["strong"]})
    named = log((features(), ask("weak")), (features(), ask("strong")))
    replayed = replay(named, Versions(first, other))
    assert replayed.refusals.after["unknown"] == 1
    assert {(flow.before, flow.after) for flow in replayed.flows} == {("weak", ""), ("strong", "strong")}


def test_forced_policies_leave_unknown_models_refused() -> None:
    first = wide()
    other = replace(first, models=(STRONG,), prices={"strong": PRICES["strong"]})
    replayed = replay(log((features(), ask("weak"))), Versions(first, other, "plain", "plain"))
    assert replayed.refusals.after["unknown"] == 1


def test_an_empty_log_has_figures_too() -> None:
    replayed = replay(log(), versions())
    assert replayed.total == Shift(
        name="all",
        requests=0,
        flips=0,
        answered=0,
        cost_before=Decimal(0),
        cost_after=Decimal(0),
        cost=Estimate(0.0),
        quality=Estimate(0.0),
        latency=Estimate(0.0),
    )
    assert (replayed.tasks, replayed.keys, replayed.flows, replayed.worst) == ((), (), (), ())


def test_what_cost_nothing_and_now_does_has_risen_without_bound() -> None:
    free = {"strong": (price("10", "20"),), "weak": (price("0", "0"),)}
    first, other = (replace(wide(band), prices=free) for band in (1, 0))
    assert replay(many(), Versions(first, other)).total.cost.value == float("inf")


def test_prices_beyond_64_bits_are_added_up_exactly() -> None:
    long = "0.1234567890123456789012345678"
    first = replace(wide(), prices={"strong": (price(long, long),), "weak": (price("0.1", long),)})
    replayed = replay(many(), Versions(first, replace(first, policies={"plain": policy(0)})))
    assert replayed.total.cost_before == 40 * (100 * Decimal("0.1") + 50 * Decimal(long))
    assert replayed.total.cost_after == 40 * (100 * Decimal(long) + 50 * Decimal(long))


def test_costs_beyond_all_floats_have_endless_intervals() -> None:
    whole = np.array([10**400, -(10**400), 5], object)
    assert ratio(whole, 10).tolist() == [float("inf"), float("-inf"), 0.5]


def test_large_sums_of_whole_numbers_are_exact() -> None:
    dear = {"strong": (price("999999.999", "999999.999"),), "weak": (price("999999.998", "1"),)}
    first = replace(wide(), prices=dear)
    whole = model("strong", 3.0, context=10**9)
    big = replace(first, models=(replace(whole, max_output=10**8), replace(WEAK, context=10**9)))
    replayed = replay(many(input_tokens=90_000_000, output_tokens=30_000_000), Versions(big, big, "plain", "plain"))
    assert replayed.total.cost_before == 40 * (90_000_000 * Decimal("999999.998") + 1000)


def test_progress_is_told_for_every_request() -> None:
    counts: list[int] = []
    replay(many(3000), versions(), advance=counts.append)
    assert sum(counts) == 3000


def test_a_replay_is_plain_data_for_json() -> None:
    plain = orjson.loads(orjson.dumps(told().plain()))
    assert plain["total"]["cost_before_usd"] == "0.08"
    assert plain["worst"][0]["cost_after_usd"] == "0.0002"
    assert plain["causes"] == [
        {"label": "policies.plain.band: 0 -> 1", "path": ["policies", "plain", "band"], "flips": 40}
    ]


def test_a_summary_says_the_four_figures() -> None:
    summary = summarise(told())
    assert (summary["requests"], summary["flips"], summary["newly_refused"]) == (40, 40, 0)
    assert summary["cost_change"] == pytest.approx(-0.9)


class Log:
    def __init__(self, rows: list[bytes], words: list[str]) -> None:
        self.rows, self.words = rows, words

    def requests(self, most: int) -> tuple[list[bytes], list[str]]:
        return self.rows, self.words


def test_a_log_without_requests_has_no_summary() -> None:
    assert summarise_ledger(Log([], []), *versions()[:2]) == {}


def test_changes_that_only_work_together_are_told_as_such() -> None:
    three = (STRONG, WEAK, model("mid", 2.5))
    prices = {**PRICES, "mid": (price("5", "5"),)}
    before = config(*three, prices=prices, policies={"plain": policy(0.0, models=("strong", "mid"))})
    after = replace(before, policies={"plain": policy(1.0)})
    replayed = replay(log((features(), ask())), Versions(before, after))
    assert (replayed.causes[0].label, replayed.causes[0].flips) == (SEVERAL, 1)
    assert replayed.worst[0].cause == SEVERAL


def test_a_consent_that_was_not_stated_is_the_versions_own() -> None:
    said, unsaid = (replace(ask("strong", "exact"), stated=stated) for stated in (True, False))
    before = config(STRONG, WEAK, prices=PRICES, policies={"plain": policy(models=("weak",))})
    after = replace(before, policies={"plain": policy(models=("weak",), consent="any")})
    replayed = replay(log((features(), said), (features(), unsaid)), Versions(before, after))
    assert {(flow.before, flow.after): flow.requests for flow in replayed.flows} == {("", ""): 1, ("", "weak"): 1}


def test_a_named_model_without_a_policy_follows_the_default_one() -> None:
    before = config(STRONG, WEAK, prices=PRICES, policies={"p": policy(), "q": policy(models=("weak",))})
    wishes = [(features(), ask("strong", "exact", policy=name)) for name in ("p", "q")]
    replayed = replay(log(*wishes), Versions(before, replace(before, default_policy="q")))
    assert {(flow.before, flow.after): flow.requests for flow in replayed.flows} == {("strong", ""): 1, ("", ""): 1}
    assert [(cause.label, cause.flips) for cause in replayed.causes] == [("default: p -> q", 1)]
