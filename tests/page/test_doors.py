"""Signing in and out, what a session may do, and what goes out with every page."""

import re

import httpx
import pytest
from api.servers import ADMIN_KEY

from page.conftest import House
from router.page import assets
from router.page.sign_in import own_path

PAGES = (
    "/",
    "/decisions",
    "/policies",
    "/ramps",
    "/ramps/ordinary-work",
    "/money",
    "/models",
    "/keys",
    "/scenarios",
    "/audit",
)


def csrf(client: httpx.Client) -> str:
    found = re.search(r'data-csrf="([^"]+)"', client.get("/models").text)
    assert found
    return found[1]


def test_programs_get_at_the_root_what_they_always_got(house: House) -> None:
    with house.client() as client:
        assert client.get("/").json()["name"] == "fungible"


@pytest.mark.parametrize("path", PAGES)
def test_who_has_not_signed_in_sees_the_door(house: House, path: str) -> None:
    with house.client(headers={"accept": "text/html"}) as client:
        answer = client.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("path", ["/sign-in", "/try"])
def test_the_door_and_a_prompt_need_no_session(house: House, path: str) -> None:
    with house.client(headers={"accept": "text/html"}) as client:
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_page_is_there_for_who_signed_in(house: House, path: str, language: str) -> None:
    with house.signed_in() as client:
        answer = client.get(path, headers={"accept-language": language})
        assert answer.status_code == 200
        assert f'<html lang="{language}"' in answer.text
        data = client.get(f"{path if path != '/' else '/overview'}.json")
        assert data.status_code == 200
        assert isinstance(data.json(), dict)


def test_a_session_is_a_cookie_that_no_script_reads(house: House) -> None:
    with house.client() as client:
        answer = client.post("/sign-in", data={"key": ADMIN_KEY, "next": "/money?by=owner"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/money?by=owner")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert ADMIN_KEY not in cookie


def test_a_cookie_over_tls_goes_over_tls_alone(house: House) -> None:
    with house.client(headers={"x-forwarded-proto": "https"}) as client:
        assert "Secure" in client.post("/sign-in", data={"key": ADMIN_KEY}).headers["set-cookie"]


def test_a_wrong_key_is_refused_on_a_page_that_does_not_repeat_it(house: House) -> None:
    with house.client(headers={"accept": "text/html"}) as client:
        answer = client.post("/sign-in", data={"key": "wrong-key-that-nobody-has"})
    assert answer.status_code == 401
    assert "not the admin key" in answer.text
    assert "wrong-key-that-nobody-has" not in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("headers", [{"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}])
def test_a_form_of_another_site_is_refused(house: House, headers: dict[str, str]) -> None:
    with house.client(headers=headers) as client:
        assert client.post("/sign-in", data={"key": ADMIN_KEY}).status_code == 403


@pytest.mark.parametrize(
    "next_", ["//evil.example", "https://evil.example/", "/\\evil.example", "evil", "/a\r\nb: c", "/ü"]
)
def test_signing_in_leads_nowhere_else(next_: str) -> None:
    assert own_path(next_) == "/"


def test_a_change_needs_the_word_of_the_session(house: House) -> None:
    with house.signed_in() as client:
        assert client.post("/admin/v1/policies/lint", content="policies: {}").status_code == 403
        wrong = client.post("/admin/v1/policies/lint", content="x: 1", headers={"x-csrf-token": "guess"})
        assert wrong.status_code == 403
        good = client.post("/admin/v1/policies/lint", content="x: 1", headers={"x-csrf-token": csrf(client)})
        assert good.status_code == 200


def test_a_session_lends_nothing_to_who_brings_a_key(house: House) -> None:
    with house.signed_in() as client:
        answer = client.get("/admin/v1/keys", headers={"authorization": "Bearer wrong"})
        assert answer.status_code == 401


def test_signing_out_ends_the_session(house: House) -> None:
    with house.signed_in() as client:
        assert client.post("/sign-out", data={"csrf": "guess"}).status_code == 403
        assert client.get("/models").status_code == 200
        cookie = dict(client.cookies)
        assert client.post("/sign-out", data={"csrf": csrf(client)}).headers["location"] == "/sign-in"
        client.cookies.update(cookie)
        assert client.get("/models").status_code == 303
        assert client.get("/admin/v1/keys").status_code == 401


def test_a_key_that_is_revoked_ends_its_sessions(house: House) -> None:
    key = house.running.admin("short-lived", "editor")
    with house.signed_in(key) as client, house.running.http() as owner:
        assert client.get("/models").status_code == 200
        owner.post("/admin/v1/admins/short-lived/revoke")
        assert client.get("/models").status_code == 401


def test_a_role_reaches_no_further_on_the_page(house: House) -> None:
    with house.signed_in(house.running.admin("looker", "viewer")) as client:
        page = client.get("/keys").text
        assert "data-make" not in page
        answer = client.post("/admin/v1/keys", json={"name": "k"}, headers={"x-csrf-token": csrf(client)})
        assert answer.status_code == 403


def test_a_link_signs_in_once(house: House) -> None:
    with house.client() as client:
        assert client.post("/sign-in/link").status_code == 401
        answer = client.post("/sign-in/link", headers={"authorization": f"Bearer {ADMIN_KEY}"})
        word = answer.json()["path"].partition("#")[2]
        assert client.post("/sign-in", data={"link": word}).status_code == 303
    with house.client() as client:
        assert client.post("/sign-in", data={"link": word}).status_code == 401


def test_nothing_runs_but_what_the_server_ships(house: House) -> None:
    with house.signed_in() as client:
        for path in PAGES:
            answer = client.get(path)
            policy = answer.headers["content-security-policy"]
            assert "unsafe" not in policy
            assert "default-src 'none'" in policy
            assert not re.search(r"\son\w+=|\sstyle=|javascript:", answer.text)
            assert re.findall(r'(?:src|href)="(https?:)?//', answer.text) == []


def test_files_are_compressed_and_kept_for_ever(house: House) -> None:
    address = assets.address("page.css")
    with house.client() as client:
        answer = client.get(address)
        assert answer.headers["content-encoding"] == "gzip"
        assert "immutable" in answer.headers["cache-control"]
        assert answer.text == client.get(address, headers={"accept-encoding": "identity"}).text
        assert client.get("/page/x/../../etc/passwd").status_code == 404
        assert client.get("/page/x/nothing.css").status_code == 404


def test_the_first_page_is_small(house: House) -> None:
    with house.signed_in() as client, house.client() as raw:
        page = client.get("/")
        loaded = re.findall(r'(?:href|src)="(/page/[^"]+)"', page.text)
        modules = {"api.js", "numbers.js"}
        sizes = [raw.get(path).num_bytes_downloaded for path in loaded]
        sizes += [raw.get(assets.address(name)).num_bytes_downloaded for name in modules]
    assert page.num_bytes_downloaded + sum(sizes) < 100_000


def test_language_and_theme_are_chosen_and_kept(house: House) -> None:
    with house.signed_in() as client:
        answer = client.get("/money?by=owner&lang=ko")
        assert (answer.status_code, answer.headers["location"]) == (303, "/money?by=owner")
        client.get("/money?theme=dark")
        page = client.get("/money").text
    assert '<html lang="ko" data-theme="dark">' in page


@pytest.mark.parametrize("path", ["/", "/money"])
def test_a_named_range_takes_the_place_of_any_other(house: House, path: str) -> None:
    with house.signed_in() as client:
        page = client.get(f"{path}?since=2020-01-01&until=2020-01-02&by=owner").text
    links = re.findall(r'href="([^"]*range=[^"]*)"', page)
    assert links
    assert [link for link in links if "since" in link or "until" in link] == []


def test_what_is_not_there_is_a_page_too(house: House) -> None:
    with house.signed_in() as client:
        answer = client.get("/decisions/nothing")
        assert (answer.status_code, "text/html" in answer.headers["content-type"]) == (404, True)
        assert client.get("/decisions?min_ms=soon").status_code == 200
        assert "is no number" in client.get("/decisions?min_ms=soon").text


HOSTILE = '"><script>alert(1)</script>{{7*7}}'


def test_hostile_words_stay_words(house: House) -> None:
    with house.signed_in() as client:
        for path in ("/decisions", "/money", "/", "/decisions/x", "/sign-in"):
            answer = client.get(path, params={"asked": HOSTILE, "task": HOSTILE, "next": HOSTILE, "range": HOSTILE})
            assert "<script>alert" not in answer.text
            assert "49" not in re.findall(r"\{\{7\*7\}\}|>49<", answer.text)
