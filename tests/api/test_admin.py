"""The life of a policy over HTTP: who may, what is refused, what comes into force, and how it is taken back."""

import shutil
import threading
import time
from pathlib import Path

import httpx
import pytest

from api.servers import Running, Starter
from router.config.load import POLICIES, SEEDS

ROOT = "/admin/v1/policies"
KEY = "a key that nobody guesses"
FIRST = """# my own words stay
default: plain
policies:
  plain:
    because: a test   # and here
    band: 0
    tests:
      - given: {task: chat, difficulty: 3}
        expect: {model: gpt-5}
"""
SECOND = FIRST.replace("band: 0\n", "band: 0.5\n").replace("model: gpt-5", "owner: [OpenAI, Microsoft, Meta]")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "my config"
    made.mkdir()
    (made / POLICIES).write_text(FIRST, encoding="utf-8")
    return made


@pytest.fixture
def server(start: Starter, folder: Path) -> Running:
    return start(folder=folder)


def put(http: httpx.Client, text: str, tag: str = "*", **headers: str) -> httpx.Response:
    return http.put(ROOT, content=text.encode(), headers={"if-match": tag, **headers})


def seen(http: httpx.Client) -> str:
    return http.get(ROOT).headers["etag"]


def test_a_policy_is_read_changed_and_taken_back(server: Running, folder: Path) -> None:
    with server.http() as http:
        assert http.get(ROOT).text == FIRST
        before = seen(http)
        changed = put(http, SECOND, before, authorization=f"Bearer {server.admin('kim', 'editor')}")
        assert changed.status_code == 200, changed.text
        assert changed.headers["etag"] == seen(http) != before
        assert (folder / POLICIES).read_text(encoding="utf-8") == SECOND
        body = changed.json()
        assert (body["by"], body["via"], body["tests"]) == ("kim", "http", 1)
        assert body["differences"] == ["policies.plain.band: 0 -> 0.5"]
        taken_back = http.post(f"{ROOT}/rollback?because=too+wide", headers={"if-match": seen(http)})
        assert taken_back.status_code == 200, taken_back.text
        assert (folder / POLICIES).read_text(encoding="utf-8") == FIRST, "letter by letter, comments too"
        log = http.get(f"{ROOT}/log").json()["data"]
        assert [event["kind"] for event in log] == ["rolled_back", "applied", "found"]
        assert log[0]["because"] == "too wide"
        assert http.get(f"{ROOT}/{body['revision']}").text == SECOND
        assert http.get(f"{ROOT}/{body['seq']}").text == SECOND
        assert http.get(f"{ROOT}/nothing").status_code == 404


def test_the_second_of_two_editors_gets_412_and_loses_nothing(server: Running, folder: Path) -> None:
    with server.http() as http:
        tag = seen(http)
        assert put(http, SECOND, tag).status_code == 200
        late = put(http, FIRST.replace("band: 0\n", "band: 0.25\n"), tag)
        assert (late.status_code, late.json()["error"]["code"]) == (412, "stale")
        assert (folder / POLICIES).read_text(encoding="utf-8") == SECOND


def test_two_editors_at_once_cannot_both_win(server: Running) -> None:
    codes: list[int] = []
    with server.http() as http:
        tag = seen(http)

        def edit(band: int) -> None:
            with server.http() as mine:
                text = SECOND.replace("band: 0.5", f"band: 0.{band}")
                codes.append(put(mine, text, tag).status_code)

        editors = [threading.Thread(target=edit, args=(band,)) for band in (1, 2, 3, 4)]
        for editor in editors:
            editor.start()
        for editor in editors:
            editor.join()
    assert sorted(codes) == [200, 412, 412, 412]


def test_a_change_must_say_what_it_changes(server: Running) -> None:
    with server.http() as http:
        answer = http.put(ROOT, content=SECOND.encode())
    assert (answer.status_code, answer.json()["error"]["code"]) == (428, "no_condition")


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        (FIRST.replace("band: 0", "bnad: 0"), "unknown-key", "policies.yaml:6:5"),
        (FIRST.replace("band: 0", "band: [0"), "syntax", "policies.yaml:"),
        (FIRST.replace("model: gpt-5", "model: phi-4"), "test-failed", "policies.yaml"),
        ("", "wrong-value", "policies.yaml:1:1"),
    ],
)
def test_what_is_not_sound_changes_nothing(server: Running, folder: Path, text: str, code: str, where: str) -> None:
    with server.http() as http:
        tag = seen(http)
        answer = put(http, text, tag)
        assert answer.status_code == 422
        problems = answer.json()["error"]["problems"]
        assert code in {problem["code"] for problem in problems}
        assert all(problem["where"].startswith(where[:13]) for problem in problems)
        assert seen(http) == tag
    assert (folder / POLICIES).read_text(encoding="utf-8") == FIRST
    assert list(folder.iterdir()) == [folder / POLICIES], "nothing is left behind"


def test_requests_in_flight_end_under_the_revision_they_began_under(server: Running) -> None:
    body = {"model": "plain", "messages": [{"role": "user", "content": "hi"}]}
    with server.http() as http:
        first = http.post("/v1/route", json=body).json()["revision"]
        assert put(http, SECOND).status_code == 200
        second = http.post("/v1/route", json=body).json()["revision"]
    assert first != second
    assert server.ledger.configuration(first) is not None
    assert server.ledger.configuration(second) is not None


def test_trying_changes_nothing(server: Running) -> None:
    with server.http() as http:
        tag = seen(http)
        tried = http.post(f"{ROOT}/replay", content=SECOND.encode()).json()
        assert tried["differences"] == ["policies.plain.band: 0 -> 0.5"]
        findings = http.post(f"{ROOT}/lint", content=FIRST.replace("band: 0", "bnad: 0").encode()).json()["data"]
        assert [(f["line"], f["code"]) for f in findings][:1] == [(6, "unknown-key")]
        assert seen(http) == tag


def test_a_server_of_the_shipped_files_says_how_to_have_ones_own(start: Starter) -> None:
    with start().http() as http:
        answer = put(http, (SEEDS / POLICIES).read_text(encoding="utf-8"))
    assert answer.status_code == 409
    assert "fungible init" in answer.json()["error"]["message"]


def test_with_a_key_only_its_holder_is_let_in(start: Starter, folder: Path) -> None:
    server = start(folder=folder, admin_key=KEY)
    with server.http() as http:
        for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {KEY}"}, {"x-api-key": "no"}):
            refused = http.get(ROOT, headers=headers)
            assert refused.status_code == 401
            assert KEY not in refused.text
        assert http.get(ROOT, headers={"authorization": f"Bearer {KEY}"}).status_code == 200
        assert http.get(ROOT, headers={"x-api-key": KEY}).status_code == 200
        assert http.put(ROOT, content=b"", headers={"if-match": "*"}).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-for": "10.0.0.1"},
        {"forwarded": "for=10.0.0.1"},
        {"host": "evil.example"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
def test_where_it_comes_from_opens_nothing(start: Starter, folder: Path, headers: dict[str, str]) -> None:
    server = start(folder=folder, admin_key=KEY)
    with server.http() as http:
        assert http.get(ROOT, headers=headers).status_code in (401, 403)
        assert http.get(ROOT, headers={"origin": "http://localhost:3000"}).status_code == 401
    with server.http(KEY) as http:
        assert http.get(ROOT, headers={"origin": "http://localhost:3000"}).status_code == 200


def test_a_file_edited_by_hand_comes_into_force_when_it_is_sound(server: Running, folder: Path) -> None:
    with server.http() as http:
        tag = seen(http)
        (folder / POLICIES).write_text(SECOND, encoding="utf-8")
        wait_until(lambda: seen(http) != tag)
        assert http.get(ROOT).text == SECOND
        wait_until(lambda: http.get(f"{ROOT}/log").json()["data"] != [])
        assert http.get(f"{ROOT}/log").json()["data"][0]["kind"] == "edited"


def test_a_file_that_is_not_sound_is_told_and_the_old_one_stays_in_force(server: Running, folder: Path) -> None:
    body = {"model": "plain", "messages": [{"role": "user", "content": "hi"}]}
    with server.http() as http:
        tag = seen(http)
        (folder / POLICIES).write_text(FIRST.replace("band: 0", "band: wide"), encoding="utf-8")
        wait_until(lambda: "configuration" in http.get("/readyz").json())
        ready = http.get("/readyz")
        assert ready.status_code == 200, "a bad edit does not take the server out of its pool"
        assert "policies.yaml:6:5" in ready.json()["configuration"]
        assert "fungible_configuration_sound 0.0" in http.get("/metrics").text
        assert seen(http) == tag
        assert http.post("/v1/chat/completions", json=body).status_code == 200
        over = put(http, SECOND, tag)
        assert over.status_code == 200, "a broken file locks no sound one out"
        kept = (folder / over.json()["aside"]).read_text(encoding="utf-8")
        assert "band: wide" in kept, "a person's edit is not lost"
        wait_until(lambda: "configuration" not in http.get("/readyz").json())
        assert "fungible_configuration_sound 1.0" in http.get("/metrics").text


def test_the_catalog_and_the_prices_reload_too(server: Running, folder: Path) -> None:
    prices = (SEEDS / "prices.yaml").read_text(encoding="utf-8")
    with server.http() as http:
        tag = seen(http)
        (folder / "prices.yaml").write_text(prices.replace("input: 1.25, output: 10", "input: 2.5, output: 10"))
        wait_until(lambda: seen(http) != tag)
    shutil.rmtree(folder)


def test_no_request_fails_while_policies_change(server: Running, folder: Path) -> None:
    body = {"model": "plain", "messages": [{"role": "user", "content": "hi"}]}
    codes: list[int] = []
    done = threading.Event()

    def ask() -> None:
        with server.http() as http:
            while not done.is_set():
                codes.append(http.post("/v1/chat/completions", json=body).status_code)

    clients = [threading.Thread(target=ask) for _ in range(3)]
    for client in clients:
        client.start()
    rule = "      - {{name: r{0}, because: x, when: {{task: law, difficulty: '>= {0}'}}, set: {{band: 1}}}}\n"
    many = SECOND + "    rules:\n" + "".join(rule.format(number) for number in range(300))
    with server.http() as http:
        for text in (many, FIRST, "not: [sound", SECOND):
            known = changes(http)
            (folder / POLICIES).write_text(text, encoding="utf-8")
            while changes(http) == known:
                time.sleep(0.05)
    done.set()
    for client in clients:
        client.join()
    assert len(codes) > 20
    assert set(codes) == {200}
    assert len(server.service.config.policies["plain"].rules) == 0


def changes(http: httpx.Client) -> list[str]:
    rows = http.get("/metrics").text.splitlines()
    return [row for row in rows if row.startswith("fungible_configuration_changes_total")]


def wait_until(true: object, seconds: float = 60.0) -> None:
    assert callable(true)
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.05)
