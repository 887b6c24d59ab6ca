"""A slash too many, a method that is not for a path: answered in words, and never by a redirect."""

import pytest

from api.raw import connected, reply
from api.servers import Running, Starter
from providers.openai import create
from router.bench.http.fake_backend import Upstream, answer, completion
from router.config import load

ASK = {"model": "auto", "messages": [{"role": "user", "content": "hello"}]}


@pytest.mark.parametrize("path", ["/v1/models/", "/v1/models/gpt-5/", "/healthz//", "/admin/v1/policies/"])
def test_a_slash_at_the_end_changes_nothing(server: Running, path: str) -> None:
    with server.http() as http:
        assert http.get(path).status_code == 200
        assert http.get(path).content == http.get(path.rstrip("/")).content


@pytest.mark.parametrize("path", ["/v1/chat/completions/", "/openai/deployments/auto/chat/completions/", "/v1/route/"])
def test_a_slash_at_the_end_of_what_is_posted_to_changes_nothing(server: Running, path: str) -> None:
    with server.http() as http:
        assert http.post(path, json=ASK).status_code == 200


@pytest.mark.parametrize("path", ["/v1/models/", "/v1/nowhere/", "//evil.example/", "/v1//models/", "/"])
def test_no_answer_repeats_the_host(server: Running, path: str) -> None:
    with connected(server) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nhost: evil.example.org\r\n\r\n".encode())
        answer = reply(connection)
    assert answer.status == 403
    assert "location" not in answer.headers
    assert b"evil.example.org" not in answer.body


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/models/gpt-5", "GET, HEAD"),
        ("DELETE", "/v1/receipts/x", "GET, HEAD"),
        ("POST", "/healthz", "GET, HEAD"),
        ("PATCH", "/admin/v1/policies", "GET, HEAD, PUT"),
        ("TRACE", "/v1/models", "GET, HEAD"),
        ("OPTIONS", "/v1/chat/completions", "POST"),
        ("DELETE", "/v1/messages", "POST"),
        ("GET", "/v1/responses", "POST"),
    ],
)
def test_another_method_is_told_which_are_possible(server: Running, method: str, path: str, allowed: str) -> None:
    with server.http() as http:
        answer = http.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    error = answer.json()["error"]
    assert (error["type"], error["code"]) == ("invalid_request_error", "method_not_allowed")
    verb = "is" if allowed == "POST" else "are"
    assert error["message"] == f"{method} is not possible at {path}: {allowed.replace(', ', ' and ')} {verb}."


def test_the_id_of_a_request_goes_on_to_the_backend(start: Starter) -> None:
    with Upstream(lambda _: [answer(completion())]) as upstream:
        running = start(providers={name: create({"base_url": f"{upstream.url}/v1"}) for name in load().providers})
        with running.http() as http:
            http.post("/v1/chat/completions", json=ASK, headers={"x-request-id": "mine-7"})
            own = http.post("/v1/chat/completions", json=ASK).headers["x-request-id"]
        assert [asked.headers["x-request-id"] for asked in upstream.asked] == ["mine-7", own]
