"""What an endpoint says of its parameters is held beside what was asked for, and beside the reference."""

from typing import Any

from router.audit.checks.echoed_parameters import echoed_parameters
from router.audit.endpoint_client import Reply
from router.audit.wire_shapes import Parameters, read

ASKED = Parameters(max_tokens=80, temperature=1.0)


def reply(**echoed: Any) -> Reply:
    return Reply(read("openai", {"choices": [{"message": {"content": "x"}}], **echoed}), {}, 0.1)


def test_what_was_asked_for_and_echoed_so_is_fine() -> None:
    (found,) = echoed_parameters(ASKED, [reply(temperature=1, max_tokens=80, seed=True)] * 2, [reply()])
    assert (found.weight, found.sentence) == ("fine", "It echoes temperature 1, max_tokens 80.")
    assert echoed_parameters(ASKED, [reply()], [reply(temperature=0.2)]) == ()


def test_another_temperature_than_was_asked_for_is_named() -> None:
    (found,) = echoed_parameters(ASKED, [reply(temperature=0.2), reply(temperature=1)], [reply()])
    assert (found.weight, found.sentence) == (
        "differs",
        "It says that it answered with temperature 0.2, where 1 was asked for.",
    )


def test_sides_that_name_other_parameters_or_providers_are_told_apart() -> None:
    (found,) = echoed_parameters(ASKED, [reply(provider="somewhere", top_p=0.9)], [reply(provider="elsewhere")])
    assert found.weight == "differs"
    assert "provider somewhere here, elsewhere there" in found.sentence
    assert "top_p" not in found.sentence
