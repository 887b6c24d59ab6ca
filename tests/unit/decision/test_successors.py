"""A model that retires at a date, and the successor that answers in its place."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from builders import ask, config, features, model

from router.config import load
from router.config.files.yaml_source import parse
from router.config.load import build, sources_with, with_policies
from router.decision.decide import decide
from router.decision.names.successors import successor, successor_notes
from router.errors import ConfigError, NoCandidate
from router.policy.policy_tests import try_policies
from router.policy.replay.decide_batch import decide_all
from router.policy.replay.request_columns import gathered
from router.types import Ask, Decision, Situation

END = date(2026, 12, 31)
OLD = model("old", 3.0, retires=END, successor="mid")
MID = model("mid", 0.5, retires=END + timedelta(30), successor="new")
NEW = model("new", 1.0, owner="Other")
GOOD = model("good", 2.0)
ROWS = config(OLD, MID, NEW, GOOD)


def decided(day: date, wish: Ask, needs: tuple[Any, ...] = ()) -> Decision:
    return decide(features(needs=needs), wish, Situation(day), ROWS)


def unstated(name: str) -> Ask:
    return replace(ask(name, "exact"), stated=False)


@pytest.mark.parametrize(
    ("day", "chosen", "reason"),
    [
        (END - timedelta(1), "old", "asked"),
        (END, "mid", "successor"),
        (END + timedelta(29), "mid", "successor"),
        (END + timedelta(30), "new", "successor"),
    ],
)
def test_who_names_it_is_answered_by_the_next_that_is_left(day: date, chosen: str, reason: str) -> None:
    decision = decided(day, unstated("old"))
    assert (decision.asked, decision.chosen, decision.reason) == ("old", chosen, reason)
    choices = decide_all(gathered([("", features(), unstated("old"), Situation(day))]), ROWS)
    assert choices.models[choices.chosen[0]] == chosen
    notes = successor_notes(unstated("old"), (), Situation(day), ROWS)
    assert notes == (() if chosen == "old" else (f"alias:old->{chosen}",))


def test_a_policy_does_not_choose_it_any_more() -> None:
    assert decided(END - timedelta(1), ask()).chosen == "old"
    after = decided(END, ask())
    assert after.chosen == "good"
    assert (after.candidate("old").code, after.candidate("old").detail) == ("retired", "since 2026-12-31")


@pytest.mark.parametrize(("consent", "served"), [("exact", None), ("owner", "good"), ("any", "new")])
def test_a_consent_that_is_stated_binds_the_successor(consent: str, served: str | None) -> None:
    day = END + timedelta(30)
    if served is None:
        with pytest.raises(NoCandidate, match="old: retired"):
            decided(day, ask("old", consent))
    else:
        assert decided(day, ask("old", consent)).chosen == served


def test_vectors_have_no_successor() -> None:
    rows = config(
        model("v", capabilities=("embeddings",), retires=END, successor="w"), model("w", capabilities=("embeddings",))
    )
    with pytest.raises(NoCandidate):
        decide(features(needs=("embeddings",)), unstated("v"), Situation(END), rows)
    choices = decide_all(gathered([("", features(needs=("embeddings",)), unstated("v"), Situation(END))]), rows)
    assert not choices.answered[0]


def test_no_circle_and_no_end_without_a_successor() -> None:
    day = END.toordinal()
    a, b = model("a", retires=END, successor="b"), model("b", retires=END, successor="a")
    assert successor(a, None, day, (a, b)) is None
    assert successor(model("c", retires=END), None, day, (a,)) is None
    assert successor(model("c", retires=END, successor="gone"), None, day, (a,)) is None
    assert successor(NEW, None, day, (NEW,)) is None


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("successor: gpt-5-mini", "no day on which it `retires`"),
        ("retires: 2026-12-31\n    successor: gpt-5-mni", "Did you mean 'gpt-5-mini'?"),
        ("retires: 2026-12-31\n    successor: gpt-5", "lead back to 'gpt-5'"),
    ],
)
def test_the_catalog_says_what_is_wrong(line: str, sentence: str) -> None:
    sources = dict(sources_with(load(), b"default: p\npolicies: {p: {because: x, band: 0}}\n"))
    text = sources["catalog.yaml"].text.replace("  - id: gpt-5\n", f"  - id: gpt-5\n    {line}\n", 1)
    sources["catalog.yaml"] = parse(text.encode(), "catalog.yaml")
    with pytest.raises(ConfigError) as refused:
        build(sources)
    assert sentence in str(refused.value)


def test_a_policys_test_sees_the_day() -> None:
    text = """default: p
policies:
  p:
    because: x
    band: 0
    tests:
      - {given: {task: chat, model: gpt-5, date: 2026-12-30}, expect: {model: gpt-5}}
      - {given: {task: chat, model: gpt-5, date: 2026-12-31}, expect: {model: gpt-5-mini, excluded: gpt-5}}
      - {given: {task: chat, model: gpt-5, date: 2026-12-31, consent: exact}, expect: {error: no_candidate}}
"""
    shipped = with_policies(load(), text.encode())
    models = tuple(
        replace(row, retires=END, successor="gpt-5-mini") if row.id == "gpt-5" else row for row in shipped.models
    )
    tried = try_policies(replace(shipped, models=models), lambda _: features(), date(2026, 11, 1))
    assert [each.sentence for each in tried if not each.passed] == []
