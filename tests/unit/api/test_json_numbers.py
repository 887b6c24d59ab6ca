"""Whole numbers beyond 64 bits are refused at their place; arguments of a model's calls are left alone."""

from typing import Any

import pytest

from router.api.surfaces.anthropic_messages.surface import Messages
from router.api.surfaces.json_numbers import STEP, refuse_large_numbers
from router.api.surfaces.openai_chat.surface import ChatCompletions
from router.api.surfaces.openai_responses.surface import Responses
from router.api.surfaces.surface import Surface
from router.errors import BadRequest

BIG = 2**64
SCHEMA = f'{{"type": "object", "properties": {{"n": {{"minimum": {-(2**63) - 1}}}}}}}'
SAID = '"messages": [{"role": "user", "content": "x"}]'
BODIES: list[tuple[Surface, str, str]] = [
    (
        ChatCompletions(),
        f'{SAID}, "tools": [{{"type": "function", "function": {{"name": "f", "parameters": {SCHEMA}}}}}]',
        "tools.0.function.parameters.properties.n.minimum",
    ),
    (ChatCompletions(), f'{SAID}, "seed": {BIG}', "seed"),
    (ChatCompletions(), f'{SAID}, "beyond": {{"a": [1, {BIG}]}}', "beyond.a.1"),
    (Messages(), f'"max_tokens": {BIG}, {SAID}', "max_tokens"),
    (
        Messages(),
        f'"max_tokens": 5, {SAID}, "tools": [{{"name": "f", "input_schema": {SCHEMA}}}]',
        "tools.0.input_schema.properties.n.minimum",
    ),
    (Responses(), f'"input": "x", "max_output_tokens": {BIG}', "max_output_tokens"),
    (Responses(), f'"input": [{{"role": "user", "content": "x", "n": {BIG}}}]', "input.0.n"),
]


@pytest.mark.parametrize(("surface", "body", "param"), BODIES)
def test_the_place_is_named(surface: Surface, body: str, param: str) -> None:
    with pytest.raises(BadRequest, match=r"beyond 64 bits|less than or equal") as caught:
        surface.parse(f'{{"model": "m", {body}}}'.encode(), None)
    assert caught.value.param == param


@pytest.mark.parametrize("body", [b"", b"[" * 10_000 + b"1" * 20, f'{{"id": "{"1" * 40}"}}'.encode(), b"9" * 18])
def test_what_is_no_such_number_or_no_json_is_left_to_others(body: bytes) -> None:
    refuse_large_numbers(body)


@pytest.mark.parametrize("number", [2**64 - 1, -(2**63), 12345678901234567890.5])
def test_what_fits_is_let_through(number: Any) -> None:
    refuse_large_numbers(f'{{"n": {number}}}'.encode())


def test_arguments_of_a_call_are_passed_on_whatever_their_numbers() -> None:
    block = f'{{"type": "tool_use", "id": "t", "name": "f", "input": {{"n": {BIG}, "s": "é"}}}}'
    turns = f'[{{"role": "user", "content": "x"}}, {{"role": "assistant", "content": [{block}]}}]'
    request = Messages().parse(f'{{"model": "m", "max_tokens": 5, "messages": {turns}}}'.encode(), None).request
    (call,) = request.messages[1].tool_calls or ()
    assert call.function.arguments == f'{{"n":{BIG},"s":"é"}}'


@pytest.mark.parametrize("place", [0, STEP - 20, STEP - 10, STEP - 1, STEP, 2 * STEP + 7])
def test_a_large_body_is_looked_through_to_its_end(place: int) -> None:
    head = b'{"a": "'
    body = head + b"x" * max(0, place - len(head) - 7) + b'", "b": %d}' % BIG
    with pytest.raises(BadRequest, match="beyond 64 bits"):
        refuse_large_numbers(body)
    refuse_large_numbers(body.replace(b"%d" % BIG, b"1" * 18))
