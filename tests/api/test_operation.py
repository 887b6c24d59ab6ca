"""Health, metrics, the OpenAPI document."""

import pytest

from api.servers import Running

CHAT = "/v1/chat/completions"


def test_health_and_readiness(server: Running) -> None:
    with server.http() as http:
        assert http.get("/healthz").json() == {"status": "ok"}
        ready = http.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["revision"] == server.service.config.revision


def test_the_root_says_what_this_is_without_the_network(server: Running) -> None:
    with server.http() as http:
        body = http.get("/").json()
        assert http.get(body["openapi"]).status_code == 200
        assert http.get("/docs").status_code == 404
    assert body["name"] == "fungible"


def test_metrics_count_what_was_served(server: Running) -> None:
    ask = {"model": "mai-1", "messages": [{"role": "user", "content": "count me"}]}
    with server.http() as http:
        before = sample(http.get("/metrics").text)
        http.post(CHAT, json=ask)
        after = sample(http.get("/metrics").text)
    assert after - before == 1


def sample(text: str) -> float:
    rows = [row for row in text.splitlines() if row.startswith("fungible_requests_total") and 'asked="mai-1"' in row]
    return sum(float(row.rsplit(" ", 1)[1]) for row in rows)


def test_the_openapi_document_describes_every_route(server: Running) -> None:
    with server.http() as http:
        document = http.get("/openapi.json").json()
    assert {CHAT, "/v1/models", "/v1/models/{name}", "/v1/route", "/v1/receipts/{id}"} <= set(document["paths"])
    schema = document["paths"][CHAT]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert {"model", "messages", "stream", "tools"} <= set(schema["properties"])
    assert document["components"]["schemas"]["ChatCompletionRequest"] == schema


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/v1/models", "/openapi.json"])
def test_where_get_is_head_is_too(server: Running, path: str) -> None:
    with server.http() as http:
        head, got = http.head(path), http.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == got.headers["content-type"]
    assert head.headers["content-length"] == got.headers["content-length"]


def test_head_of_what_is_only_posted_is_refused(server: Running) -> None:
    with server.http() as http:
        assert http.head("/v1/chat/completions").status_code == 405
        assert http.head("/nowhere").status_code == 404
