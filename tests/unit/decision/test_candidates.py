"""What is worked out of a configuration once is its own, and goes with it."""

import gc
from dataclasses import replace

from builders import config, model

from router.decision import candidates
from router.decision.candidates import prepared


def test_a_configuration_is_prepared_once_for_each_kind_of_work() -> None:
    first = config(model("a"), model("b"))
    rows = prepared(first, (), "chat")
    assert [row.id for row in rows] == ["a", "b"]
    assert prepared(first, (), "chat") is rows
    assert prepared(first, ("tools",), "chat") is not rows


def test_an_equal_configuration_is_prepared_on_its_own() -> None:
    first = config(model("a"))
    other = replace(first, models=(replace(first.models[0], context=1),))
    assert [row.context for row in prepared(first, (), "chat")] == [first.models[0].context]
    assert [row.context for row in prepared(other, (), "chat")] == [1]


def test_what_was_prepared_goes_with_its_configuration() -> None:
    gone = config(model("a"))
    prepared(gone, (), "chat")
    key = id(gone)
    assert key in candidates._PREPARED
    del gone
    gc.collect()
    assert key not in candidates._PREPARED


def test_a_configuration_in_the_place_of_another_keeps_its_own_rows() -> None:
    first, other = config(model("a")), config(model("b"))
    prepared(first, (), "chat")
    prepared(other, (), "chat")
    # As if `other` had come to the place in memory of one that is gone, and only then this was noticed.
    candidates._PREPARED[id(other)] = candidates._PREPARED[id(first)]
    assert [row.id for row in prepared(other, (), "chat")] == ["b"]
    stale = candidates._PREPARED[id(first)][0]
    candidates._forget(id(other), stale)
    candidates._forget(-1, stale)
    assert [row.id for row in prepared(other, (), "chat")] == ["b"]
    assert id(other) in candidates._PREPARED
