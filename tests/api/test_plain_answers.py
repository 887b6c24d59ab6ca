"""What is asked often is answered without FastAPI, as its documented routes would answer it, HEAD and errors too."""

import asyncio
from typing import Any

import httpx
import pytest

from api.servers import Running
from router.api.app import Application, build_app
from router.api.prometheus import Metrics

PATHS = ("/", "/healthz", "/readyz", "/v1/models")


def built(server: Running, metrics: Metrics | None = None) -> Application:
    return build_app(server.service, metrics or Metrics(), dict, lambda: None, server.live_config, "k" * 40)


def ask(app: Any, path: str, method: str = "GET") -> httpx.Response:
    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, path)

    return asyncio.run(once())


def test_they_are_the_answers_of_the_documented_routes(server: Running) -> None:
    app = built(server)
    for path in PATHS:
        plain, documented = ask(app, path), ask(app.quiet.now(), path)
        assert (plain.status_code, plain.content, dict(plain.headers)) == (
            documented.status_code,
            documented.content,
            dict(documented.headers),
        )
    assert ask(app, "/metrics").headers["content-type"] == ask(app.quiet.now(), "/metrics").headers["content-type"]
    assert set(app.plain) <= set(app.openapi()["paths"])


@pytest.mark.parametrize("path", [*PATHS, "/metrics", "/v1/chat/completions"])
def test_neither_they_nor_a_head_nor_an_answer_make_the_quiet_application(server: Running, path: str) -> None:
    app = built(server)

    def make() -> Any:
        raise AssertionError

    app.quiet._make = make
    method = "POST" if path in app.endpoints else "GET"
    assert ask(app, path, method).status_code == (400 if method == "POST" else 200)
    head = ask(app, path, "HEAD")
    assert (head.status_code, head.content) == (405 if method == "POST" else 200, b"")


def test_other_methods_and_unknown_paths_are_told_apart_as_before(server: Running) -> None:
    app = built(server)
    assert ask(app, "/healthz", "POST").status_code == 405
    assert ask(app, "/nowhere").status_code == ask(app, "/nowhere", "HEAD").status_code == 404
    assert ask(app, "/openapi.json", "HEAD").status_code == 200


def test_what_goes_wrong_is_an_error_in_our_envelope(server: Running) -> None:
    class Broken(Metrics):
        def text(self, *_: object) -> bytes:
            raise RuntimeError("a secret")

    answer = ask(built(server, Broken()), "/metrics")
    assert (answer.status_code, answer.json()["error"]["type"]) == (500, "server_error")
    assert "secret" not in answer.text
