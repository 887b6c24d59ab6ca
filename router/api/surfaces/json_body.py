"""Reads a JSON body: validated as the shape that it should have, and as plain data."""

from collections.abc import Callable
from typing import Any, TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError

from router.api.http.error_responses import invalid
from router.api.surfaces.json_numbers import refuse_large_numbers
from router.errors import BadRequest

T = TypeVar("T")


def read(
    adapter: TypeAdapter[T],
    body: bytes,
    named: str | None,
    wrong: Callable[[ValidationError], BadRequest] = invalid,
) -> tuple[T, dict[str, Any]]:
    """The body in its shape, and all that it says, with the model that the path names; raises BadRequest."""
    body = body if named is None else with_model(body, named)
    try:
        value = adapter.validate_json(body, strict=True)
    except ValidationError as error:
        raise wrong(error) from None
    refuse_large_numbers(body)
    return value, loaded(body)


def loaded(body: bytes) -> dict[str, Any]:
    """What a body says; raises BadRequest, of a number that is none too, which a validator lets pass."""
    try:
        value: dict[str, Any] = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is not valid JSON: {error.msg}") from None
    return value


def with_model(body: bytes, named: str) -> bytes:
    """The body as if it named the model that the path names; whoever validates it says what is wrong with it."""
    try:
        value = orjson.loads(body)
        return orjson.dumps(value | {"model": named}) if isinstance(value, dict) else body
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return body
