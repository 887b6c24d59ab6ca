"""Web pages of other origins: those that are listed may ask, and never with cookies."""

import httpx
import pytest

from api.servers import Running, Starter
from router.api.http.layers.cors import checked_origins
from router.errors import ConfigError

PAGE = "https://app.example.org"
ASK = {"model": "auto", "messages": [{"role": "user", "content": "hello"}]}
PREFLIGHT = {
    "origin": PAGE,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type, x-fungible-tags",
}


@pytest.fixture(scope="module")
def listed(start_shared: Starter) -> Running:
    return start_shared(cors_origins=(PAGE, "http://localhost:5173"), keys=True)


@pytest.fixture(scope="module")
def anyone(start_shared: Starter) -> Running:
    return start_shared(cors_origins=("*",))


def preflight(running: Running, path: str = "/v1/chat/completions", **headers: str) -> httpx.Response:
    with running.http() as http:
        return http.options(path, headers={**PREFLIGHT, **headers})


def test_a_preflight_is_answered_without_a_key(listed: Running) -> None:
    answer = preflight(listed)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert answer.headers["vary"] == "origin"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-headers"] == PREFLIGHT["access-control-request-headers"]
    assert "access-control-allow-credentials" not in answer.headers


def test_answers_and_errors_may_be_read(listed: Running) -> None:
    secret = listed.key("page")
    for key, status in ((secret, 200), ("none", 401)):
        with listed.http(key) as http:
            answer = http.post("/v1/chat/completions", json=ASK, headers={"origin": PAGE})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, PAGE)
        assert answer.headers["access-control-expose-headers"] == "*"
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("origin", ["https://app.example.org.evil", "http://app.example.org", "null", PAGE.upper()])
def test_another_origin_may_not(listed: Running, origin: str) -> None:
    answer = preflight(listed, origin=origin)
    assert (answer.status_code, "--cors-origin" in answer.json()["error"]["message"]) == (403, True)
    with listed.http() as http:
        read = http.post("/v1/chat/completions", json=ASK, headers={"origin": origin})
    for one in (answer, read):
        assert not [name for name in one.headers if name.startswith("access-control")]


def test_the_admin_routes_are_for_no_page(listed: Running) -> None:
    answer = preflight(listed, "/admin/v1/policies")
    assert answer.status_code == 405
    assert "access-control-allow-origin" not in answer.headers


def test_all_origins_may_ask_but_get_nobody_s_cookies(anyone: Running) -> None:
    answer = preflight(anyone, origin="https://anywhere.example")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    private = preflight(anyone, **{"access-control-request-private-network": "true"})
    assert "access-control-allow-private-network" not in private.headers


def test_a_listed_page_may_ask_a_server_at_home(listed: Running) -> None:
    answer = preflight(listed, **{"access-control-request-private-network": "true"})
    assert answer.headers["access-control-allow-private-network"] == "true"


def test_names_of_headers_that_are_none_are_not_repeated(listed: Running) -> None:
    answer = preflight(listed, **{"access-control-request-headers": "x y; z"})
    assert (answer.status_code, "access-control-allow-headers" in answer.headers) == (204, False)


def test_without_a_list_nothing_is_allowed(server: Running) -> None:
    assert preflight(server).status_code == 403
    with server.http() as http:
        answer = http.post("/v1/chat/completions", json=ASK, headers={"origin": PAGE})
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_an_option_that_no_browser_would_send_is_refused() -> None:
    assert checked_origins([PAGE, "*", "http://localhost:5173"]) == (PAGE, "*", "http://localhost:5173")
    for origin, hint in (
        ("https://app.example.org/", "did you mean https://app.example.org?"),
        ("https://App.example.org/page", "did you mean https://app.example.org?"),
        ("app.example.org", "such as https://app.example.org"),
        ("ftp://a", "such as"),
        ("https://me@a", "such as"),
        ("https://a:99999", "such as"),
        ("null", "such as"),
        ("*.example.org", "such as"),
    ):
        with pytest.raises(ConfigError) as refused:
            checked_origins([origin])
        assert repr(origin) in refused.value.message
        assert hint in refused.value.message
