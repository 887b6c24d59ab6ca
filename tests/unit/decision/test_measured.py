"""Limits by what was measured: who is slow or was ill is passed over, while others are left."""

import pytest
from builders import DAY, ask, config, features, model, policy

from router.config import load
from router.config.load import with_policies
from router.decision.counts.measured import Measured, lack, measured
from router.decision.decide import decide
from router.errors import ConfigError
from router.policy.expand import spelled_out
from router.policy.replay.decide_batch import decide_all
from router.policy.replay.request_columns import gathered
from router.serving.deployments.measured_speeds import (
    FEWEST,
    LONGEST_ILL_S,
    REFRESH_S,
    WINDOW_S,
    MeasuredSpeeds,
    rounded,
)
from router.types import LatencyCap, Policy, Situation

BEST, NEXT = model("best", 2.0), model("next", 1.0)
CAP = LatencyCap((("p95", 1000.0),))


def test_a_word_is_read_or_is_none() -> None:
    assert measured("gpt-5 p50=400ms p95=2s ill=12min") == Measured("gpt-5", (("p50", 400.0), ("p95", 2000.0)), 12.0)
    assert measured("gpt-5 ill=0min") == Measured("gpt-5", (), 0.0)
    assert [measured(word) for word in ("", "gpt-5", "gpt-5 p95=fast", "gpt-5 p95=1s x", "gpt-5 p94=1s")] == [None] * 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), ""),
        (("best p95=1.0s",), ""),
        (("best p95=1.1s",), "p95 1.1 s"),
        (("other p95=9s",), ""),
        (("best ill=4min",), "ill 4 min ago"),
        (("best ill=5min",), ""),
    ],
)
def test_what_is_lacking(words: tuple[str, ...], said: str) -> None:
    assert lack(BEST, CAP, 5, words) == said
    assert lack(BEST, None, None, words) == ""


def test_what_is_not_measured_is_as_the_catalog_has_it() -> None:
    slow = LatencyCap((("p50", 99.0),))
    assert lack(BEST, slow, None, ()) == "p50 0.1 s"
    assert lack(BEST, slow, None, ("best p50=10ms",)) == ""


@pytest.mark.parametrize(
    ("words", "model_", "consent", "chosen"),
    [
        ((), None, "any", "best"),
        (("best p95=3s",), None, "any", "next"),
        (("best p95=3s", "next p95=3s"), None, "any", "best"),
        (("best p95=3s",), "best", "exact", "best"),
        (("best p95=3s",), "best", "any", "next"),
    ],
)
def test_it_gives_way_where_nobody_else_is_left(words: tuple[str, ...], model_: str, consent: str, chosen: str) -> None:
    bound: Policy = policy(max_latency=CAP)
    rows, request = config(BEST, NEXT, policies={"plain": bound}), (features(), ask(model_, consent))
    situation = Situation(DAY, measured=words)
    decision = decide(*request, situation, rows)
    assert decision.chosen == chosen
    assert (decision.candidate("best").code == "too_slow") is (chosen == "next")
    choices = decide_all(gathered([("", *request, situation)]), rows)
    assert choices.models[choices.chosen[0]] == chosen


HEAD = "default: p\npolicies:\n  p:\n    because: x\n    band: 0\n"


def test_it_is_written_spelled_out_and_read_again() -> None:
    text = HEAD + "    max_latency: {p50: 300 ms, p95: 2 s}\n    healthy_for: 90 minutes\n"
    change = "{healthy_for: 1 hour, max_latency: {p99: 1 min}}"
    rule = f"    rules: [{{name: r, because: x, when: {{task: chat}}, set: {change}}}]\n"
    shipped = with_policies(load(), (text + rule).encode())
    own = shipped.policies["p"]
    assert own.max_latency == LatencyCap((("p50", 300.0), ("p95", 2000.0)))
    assert (own.healthy_for, own.rules[0].set.healthy_for) == (90, 60)
    assert with_policies(load(), spelled_out(shipped, ("p",)).encode()).policies == shipped.policies


def test_a_test_of_a_policy_gives_what_was_measured() -> None:
    given = "{task: chat, measured: [gpt-5 p95=3s, gpt-5 ill=10min]}"
    config = with_policies(load(), f"{HEAD}    tests: [{{given: {given}, expect: {{model: '*'}}}}]\n".encode())
    assert config.policies["p"].tests[0].given.measured == ("gpt-5 p95=3s", "gpt-5 ill=10min")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("    max_latency: {}\n", "p95"),
        ("    max_latency: {p95: 2}\n", "write a stretch"),
        ("    healthy_for: an hour\n", "write a stretch"),
        ("    tests: [{given: {task: chat, measured: gpt-9 p95=3s}, expect: {model: '*'}}]\n", "nothing measured"),
        ("    tests: [{given: {task: chat, measured: gpt-5 slow}, expect: {model: '*'}}]\n", "nothing measured"),
    ],
)
def test_what_is_refused_says_what_would_be_right(words: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refused:
        with_policies(load(), (HEAD + words).encode())
    assert sentence in str(refused.value)


def test_a_server_says_percentiles_of_enough_answers_and_how_long_ago_a_model_was_ill() -> None:
    speeds = MeasuredSpeeds()
    for number in range(FEWEST - 1):
        speeds.note("a", 100.0 * number, 0.0)
    assert speeds.words(0.0) == ()
    speeds.note("a", 1_934.0, 1.0)
    speeds.ill("b", 1.0)
    assert speeds.words(1.0) == (), "what is said is refreshed now and then"
    a, b = speeds.words(REFRESH_S)
    assert a == "a p50=1000ms p90=1700ms p95=1800ms p99=1900ms"
    assert b == "b ill=0min"
    assert measured(a) is not None
    assert speeds.words(WINDOW_S + 100) == ("b ill=6min",)
    assert speeds.words(LONGEST_ILL_S + 100) == ()


def test_two_digits_are_kept() -> None:
    assert [rounded(ms) for ms in (0.4, 7.0, 42.2, 1_234.0, 98_765.0)] == [0, 7, 42, 1200, 99000]
