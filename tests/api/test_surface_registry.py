"""A new surface is one class and its place in a list: paths, errors, documentation and telemetry follow from it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import pytest
from pydantic import TypeAdapter, ValidationError

from api.servers import Running
from router.api.app import Application, build_app
from router.api.http.asgi import JSON, Headers
from router.api.prometheus import Metrics
from router.api.surfaces.openai_chat.surface import ChatCompletions
from router.api.surfaces.registry import SURFACES, SurfaceRegistry
from router.api.surfaces.surface import AnswerStream, Surface, SurfacePath
from router.decision.receipt import Exchange
from router.errors import BadRequest, RouterError
from router.types import ChatRequest, Chunk, Message, Receipt

WORDS: TypeAdapter[list[str]] = TypeAdapter(list[str])
PATH = "/v1/telegram"


class Telegram(Surface):
    """A list of words in, one text out."""

    paths = (SurfacePath(path=PATH, tag="telegram", summary="Telegrams, routed", request=WORDS, answer="A text"),)
    operation = "telegram"
    error_schema = {"type": "object", "required": ["stop"]}
    azure_deployments = True

    def parse(self, body: bytes, named: str | None) -> "ParsedTelegram":
        try:
            words = WORDS.validate_json(body)
        except ValidationError:
            raise BadRequest("Send a list of words.") from None
        return ParsedTelegram(ChatRequest(named or "auto", (Message("user", " ".join(words)),)))

    def failure(self, error: RouterError, id: str) -> tuple[int, bytes, Headers]:  # noqa: A002
        return error.status, orjson.dumps({"stop": error.message, "id": id}), []


@dataclass(frozen=True, slots=True)
class ParsedTelegram:
    request: ChatRequest
    notes = ()
    streams = False
    kind = JSON

    def render(self, exchange: Exchange, receipt: Receipt, chunks: Sequence[Chunk]) -> bytes:
        return orjson.dumps({"text": "".join(chunk.text for chunk in chunks)})

    def stream(self, exchange: Exchange, served: str) -> AnswerStream:
        raise NotImplementedError


def app(server: Running, *, keys: bool = False) -> Application:
    surfaces = SurfaceRegistry([ChatCompletions(), Telegram()])
    return build_app(
        server.service, Metrics(), dict, lambda: None, server.live_config, "k" * 40, keys=keys, surfaces=surfaces
    )


def ask(app: Application, path: str = PATH, body: Any = ("HELLO", "STOP"), method: str = "POST") -> httpx.Response:
    async def post() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, path, json=body)

    return asyncio.run(post())


@pytest.mark.parametrize("path", [PATH, "/openai/v1/telegram", "/openai/deployments/auto/telegram"])
def test_its_path_is_answered_by_a_model(server: Running, path: str) -> None:
    answer = ask(app(server), path)
    assert answer.status_code == 200
    assert answer.json()["text"]
    assert "x-fungible-receipt" in answer.headers


def test_its_errors_are_its_own_wherever_they_arise(server: Running) -> None:
    for path, body, method, status in (
        (PATH, {}, "POST", 400),  # its own refusal
        (PATH, None, "GET", 405),  # the endpoint's
        (f"{PATH}/old", None, "GET", 404),  # the framework's
    ):
        answer = ask(app(server), path, body, method)
        assert (answer.status_code, [*answer.json()]) == (status, ["stop", "id"])
    without_a_key = ask(app(server, keys=True))
    assert (without_a_key.status_code, [*without_a_key.json()]) == (401, ["stop", "id"])
    assert "error" in ask(app(server), "/v1/chat/completions", {}).json()


def test_it_is_documented(server: Running) -> None:
    entry = app(server).openapi()["paths"][PATH]["post"]
    assert (entry["tags"], entry["summary"]) == (["telegram"], "Telegrams, routed")
    assert entry["requestBody"]["content"]["application/json"]["schema"]["type"] == "array"
    assert entry["responses"]["4XX"]["content"]["application/json"]["schema"] == Telegram.error_schema


def test_telemetry_has_its_name_and_the_default_elsewhere() -> None:
    registry = SurfaceRegistry([ChatCompletions(), Telegram()])
    assert [registry.operation(path) for path in (PATH, "/v1/chat/completions", "/nowhere")] == [
        "telegram",
        "chat",
        "chat",
    ]
    assert registry.answering == {PATH, "/v1/chat/completions"}


def test_two_surfaces_may_not_share_a_path() -> None:
    with pytest.raises(ValueError, match="two surfaces have the path /v1/telegram"):
        SurfaceRegistry([Telegram(), Telegram()])


def test_what_only_counts_asks_no_model() -> None:
    assert "/v1/messages/count_tokens" in SURFACES.paths
    assert "/v1/messages/count_tokens" not in SURFACES.answering
