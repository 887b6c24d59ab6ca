"""A server that was told to keep words has them by receipt; one that was not writes none."""

from pathlib import Path

from api.servers import Running, Starter
from router.serving.words.word_keeper import word_keeper_of
from router.serving.words.word_store import WORDS, WordStore

CHAT = "/v1/chat/completions"


def ask(server: Running, text: str, **more: object) -> str:
    with server.http() as http:
        body = {"model": "mai-1", "messages": [{"role": "user", "content": text}], **more}
        answer = http.post(CHAT, json=body)
    return answer.headers["x-fungible-receipt"]


def test_words_are_kept_by_receipt_where_the_server_was_told_to(start: Starter, tmp_path: Path) -> None:
    server = start()
    silent = ask(server, "Nobody keeps this.")
    keeper = word_keeper_of(tmp_path, 3600.0)
    assert keeper is not None
    server.service.state.keep_words = keeper.keep
    kept, refused = ask(server, "What is a prime?"), ask(server, "Never keep this.", store=False)
    keeper.close()
    store = WordStore(tmp_path, 3600.0)
    assert store.by_receipt() == {kept: "What is a prime?"}
    store.close()
    assert not {silent, refused} & {kept}
    assert b"prime" not in (tmp_path / WORDS).read_bytes()
