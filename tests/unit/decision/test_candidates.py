"""What is worked out of a configuration once is its own, goes with it, and is bounded."""

import gc
from dataclasses import replace
from datetime import date

from builders import SITUATION, ask, config, features, model, policy

from router.decision.candidates import expected_output, prepared, shortlist
from router.decision.names.model_names import known_name
from router.types import AnswerLengths
from router.types.config import WorkedOut


def test_a_configuration_is_prepared_once_for_each_kind_of_work() -> None:
    first = config(model("a"), model("b"))
    rows = prepared(first, (), "chat", "en")
    assert rows == (rows[1], rows[1])
    assert [row[0].id for row in rows[0]] == ["a", "b"]
    assert prepared(first, (), "chat", "en") is rows
    assert prepared(first, ("tools",), "chat", "en") is not rows


def test_models_of_another_kind_are_prepared_apart() -> None:
    every, kin = prepared(config(model("a"), model("v", capabilities=("embeddings",))), (), "chat", "en")
    assert [row[0].id for row in every] == ["a", "v"]
    assert [row[0].id for row in kin] == ["a"]


def test_another_configuration_is_prepared_on_its_own() -> None:
    first = config(model("a"))
    other = replace(first, models=(replace(first.models[0], context=1),))
    assert [row[0].context for row in prepared(first, (), "chat", "en")[0]] == [first.models[0].context]
    assert [row[0].context for row in prepared(other, (), "chat", "en")[0]] == [1]


def test_a_name_means_under_each_configuration_what_that_says() -> None:
    first = config(model("a"))
    other = replace(first, models=(model("b"),), aliases={"a": "b"})
    for _ in range(2):
        assert known_name("a", first) == "a"
        assert known_name("a", other) == "b"
        assert known_name("c", first) is None
        assert known_name("gpt-4o", first, swap=False) is None
        assert known_name("gpt-4o", first) == "auto"


def test_what_was_worked_out_goes_with_its_configuration() -> None:
    kept: WorkedOut[str, int] = WorkedOut()
    first, gone = config(model("a")), config(model("b"))
    kept.of(first)["x"], kept.of(gone)["x"] = 1, 2
    assert len(kept) == 2
    assert kept.of(first) == {"x": 1}
    del gone
    gc.collect()
    assert len(kept) == 1
    assert kept.of(first) == {"x": 1}


def test_a_configuration_in_the_place_of_another_has_nothing_of_it() -> None:
    kept: WorkedOut[str, int] = WorkedOut()
    first, other = config(model("a")), config(model("b"))
    kept.of(first)["x"] = 1
    # As if `other` had come to the place in memory of one that is gone, and that was noticed only then.
    kept._kept[id(other)] = kept._kept[id(first)]
    stale = kept._kept[id(first)][0]
    assert kept.of(other) == {}
    kept._forget(id(other), stale)
    kept._forget(-1, stale)
    assert len(kept) == 2


def test_a_configuration_has_so_many_values_and_no_more() -> None:
    kept: WorkedOut[int, int] = WorkedOut(3)
    first = config(model("a"))
    for number in range(10):
        kept.of(first)[number] = number
        assert len(kept.of(first)) <= 3
    assert kept.of(first).get(9) == 9


def test_answers_are_expected_to_be_as_long_on_a_list_as_on_their_own() -> None:
    lengths = AnswerLengths("a test", date(2026, 11, 1), "assumed", 1.5, (0.5, -0.25), 0.1)
    models = (model("a"), model("b", verbosity=2.0), model("c", lengths=lengths))
    listed = config(*models)
    for traits in ((), (1.0, 2.0)):
        for limit in (0, 10, 1_000_000):
            asked = features(traits=traits, output_limit=limit, output_tokens=100)
            given = [row[2] for row in shortlist(asked, ask(), policy(), listed, SITUATION)]
            assert given == [expected_output(each, asked) for each in models]
