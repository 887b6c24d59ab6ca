"""Responses that are kept, where the server was told to: gone on from, fetched, deleted, by their key alone."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from openai import BadRequestError, NotFoundError, OpenAI

from api.backends import house_in
from api.response_shapes import checked_response
from api.servers import Running, Starter
from router.api.surfaces.openai_responses.conversations import joined
from router.api.surfaces.openai_responses.response_store import KEY, MOST_BYTES, STORE, ResponseStore
from router.api.surfaces.registry import every_surface
from router.bench.http.fake_backend import Asked, Script, Upstream, answer, completion, words
from router.errors import ConfigError

HOUR = 3600.0


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def plays(asked: Asked) -> Script:
    return words("Well ", "met.") if asked.data.get("stream") else [answer(completion("Well met."))]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[ResponseStore]:
    store = ResponseStore(tmp_path / "kept", HOUR, clock)
    yield store
    store.close()


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream(plays) as upstream:
        yield upstream


@pytest.fixture
def running(start: Starter, store: ResponseStore, upstream: Upstream, tmp_path: Path) -> Running:
    return start(folder=house_in(tmp_path / "config", {"only": upstream.url}), surfaces=every_surface(store))


@pytest.fixture
def client(running: Running) -> OpenAI:
    return running.openai()


def said(upstream: Upstream) -> list[tuple[str, Any]]:
    return [(message["role"], message["content"]) for message in upstream.asked[-1].data["messages"]]


def test_what_came_before_is_counted(client: OpenAI) -> None:
    first = client.responses.create(input="My name is Ann, and I have much to say.")
    alone = client.responses.input_tokens.count(input="And I?")
    whole = client.responses.input_tokens.count(input="And I?", previous_response_id=first.id)
    assert whole.input_tokens > alone.input_tokens + 10


def test_a_page_that_cannot_be_is_refused_by_the_parameter(client: OpenAI) -> None:
    made = client.responses.create(input="Hi.")
    with pytest.raises(BadRequestError) as refused:
        client.responses.input_items.list(made.id, limit=0)
    assert (refused.value.param, "router" in str(refused.value)) == ("limit", False)
    assert "limit: input should be greater than or equal to 1." in str(refused.value)


@pytest.mark.parametrize("stream", [False, True])
def test_a_conversation_goes_on(client: OpenAI, upstream: Upstream, stream: bool) -> None:
    first = client.responses.create(input="My name is Ann.", store=True)
    if stream:
        events = [*client.responses.create(input="And I?", previous_response_id=first.id, stream=True)]
        second = events[-1].response  # type: ignore[union-attr]
    else:
        second = client.responses.create(input="And I?", previous_response_id=first.id)
    assert (second.previous_response_id, second.store) == (first.id, True)  # type: ignore[attr-defined]
    client.responses.create(input="Bye.", previous_response_id=second.id, instructions="Be brief.")
    before = [("user", "My name is Ann."), ("assistant", "Well met."), ("user", "And I?"), ("assistant", "Well met.")]
    assert said(upstream) == [("system", "Be brief."), *before, ("user", "Bye.")]


def test_it_is_fetched_listed_and_deleted(client: OpenAI, running: Running) -> None:
    made = client.responses.create(input="Hi.", instructions="Be brief.")
    again = client.responses.create(input=[{"role": "user", "content": "So?"}], previous_response_id=made.id)
    with running.http("none") as http:
        kept = http.get(f"/v1/responses/{again.id}").json()
    checked_response(kept)
    assert kept == again.model_dump(exclude_unset=True)
    assert client.responses.retrieve(made.id).output_text == "Well met."
    items = [*client.responses.input_items.list(again.id, order="asc", limit=2)]
    assert [item.type for item in items] == ["message", "message", "message"]
    assert [item.role for item in items] == ["user", "assistant", "user"]  # type: ignore[union-attr]
    newest = client.responses.input_items.list(again.id, limit=1).data[0]
    assert newest.content[0].text == "So?"  # type: ignore[union-attr]
    with pytest.raises(BadRequestError, match="after"):
        client.responses.input_items.list(again.id, after="nothing")
    client.responses.delete(made.id)
    for look in (client.responses.retrieve, client.responses.delete, client.responses.input_items.list):
        with pytest.raises(NotFoundError, match="No response of yours"):
            look(made.id)
    assert client.responses.retrieve(again.id).id == again.id


def test_what_is_not_to_be_kept_is_not(client: OpenAI) -> None:
    made = client.responses.create(input="Hi.", store=False)
    assert made.store is False  # type: ignore[attr-defined]
    with pytest.raises(NotFoundError):
        client.responses.retrieve(made.id)
    with pytest.raises(BadRequestError) as refused:
        client.responses.create(input="And?", previous_response_id=made.id)
    assert (refused.value.code, refused.value.param) == ("previous_response_not_found", "previous_response_id")


def test_a_conversation_that_is_too_large_is_answered_and_not_kept(store: ResponseStore) -> None:
    fits, larger = ({"input": "x" * size} for size in (MOST_BYTES // 2, MOST_BYTES))
    assert joined(store, "ann", fits)[1]
    assert joined(store, "ann", larger) == (larger, None)


def test_another_s_secret_gets_nothing(client: OpenAI, running: Running) -> None:
    made = client.responses.create(input="Hi.")
    with OpenAI(base_url=f"{running.url}/v1", api_key="another", max_retries=0) as other:
        with pytest.raises(NotFoundError):
            other.responses.retrieve(made.id)
        with pytest.raises(NotFoundError):
            other.responses.delete(made.id)
        with pytest.raises(BadRequestError):
            other.responses.create(input="And?", previous_response_id=made.id)


def test_where_keys_are_asked_for_a_response_is_its_key_s(
    start: Starter, store: ResponseStore, upstream: Upstream, tmp_path: Path
) -> None:
    folder = house_in(tmp_path / "config", {"only": upstream.url})
    running = start(folder=folder, surfaces=every_surface(store), keys=True, accounts=tmp_path / "accounts.sqlite3")
    with running.http(running.key("ann")) as ann, running.http(running.key("bob")) as bob:
        made = ann.post("/v1/responses", json={"input": "Hi."}).json()["id"]
        assert ann.get(f"/v1/responses/{made}").status_code == 200
        assert bob.get(f"/v1/responses/{made}").status_code == 404
    with running.http() as nobody:
        assert nobody.get(f"/v1/responses/{made}").status_code == 401


def test_its_time_ends(client: OpenAI, clock: Clock, store: ResponseStore, tmp_path: Path) -> None:
    made = client.responses.create(input="Hi.")
    clock.now += HOUR
    with pytest.raises(NotFoundError):
        client.responses.retrieve(made.id)
    client.responses.create(input="Another.")
    rows = store._rows.execute("SELECT id FROM responses").fetchall()
    assert (made.id,) not in rows


def test_no_word_of_it_lies_open_and_its_files_are_the_owner_s(client: OpenAI, tmp_path: Path) -> None:
    client.responses.create(input="A word that is like no other: xylographer.")
    kept = tmp_path / "kept"
    for file in kept.iterdir():
        data = file.read_bytes()
        assert b"xylographer" not in data
        assert b"Well met" not in data
    for name in (KEY, STORE):
        assert stat.S_IMODE((kept / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700


def test_what_was_changed_in_the_file_is_nobody_s(store: ResponseStore, tmp_path: Path, clock: Clock) -> None:
    store.keep("resp_1", "ann", {"a": 1})
    store.keep("resp_2", "ann", {"a": 2})
    assert store.read("resp_1", "ann") == {"a": 1}
    with store._rows as rows:
        rows.execute(
            "UPDATE responses SET sealed = (SELECT sealed FROM responses WHERE id = 'resp_2') WHERE id = 'resp_1'"
        )
        rows.execute("UPDATE responses SET ends = ends + 9999 WHERE id = 'resp_2'")
    assert store.read("resp_1", "ann") is store.read("resp_2", "ann") is None


def test_it_is_there_after_a_restart_and_not_with_another_key(tmp_path: Path, clock: Clock) -> None:
    folder = tmp_path / "again"
    first = ResponseStore(folder, HOUR, clock)
    first.keep("resp_1", "ann", {"a": 1})
    first.close()
    second = ResponseStore(folder, HOUR, clock)
    assert second.read("resp_1", "ann") == {"a": 1}
    second.close()
    (folder / KEY).write_text("00" * 32)
    third = ResponseStore(folder, HOUR, clock)
    assert third.read("resp_1", "ann") is None
    third.close()
    for bad in ("zz", "00"):
        (folder / KEY).write_text(bad)
        with pytest.raises(ConfigError, match="key of the kept responses"):
            ResponseStore(folder, HOUR, clock)


def test_a_place_that_can_t_be_written_is_a_sentence(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / STORE).mkdir()
    with pytest.raises(ConfigError, match="Responses can't be kept"):
        ResponseStore(tmp_path, HOUR, clock)


def test_without_the_option_the_refusal_names_it(server: Running) -> None:
    with server.http() as http:
        answers: list[httpx.Response] = [
            http.post("/v1/responses", json={"input": "x", "previous_response_id": "resp_1"}),
            http.get("/v1/responses/resp_1"),
        ]
    assert [answer.status_code for answer in answers] == [400, 404]
    assert all("--store" in answer.json()["error"]["message"] for answer in answers)
