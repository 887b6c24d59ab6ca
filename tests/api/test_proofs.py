"""The log over HTTP: what it proves holds with the public key alone, and answers wait for their receipts if told to."""

import base64
import json
import sqlite3
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
from cli.running import Shown, fungible

from api.servers import Running, Starter
from router.ledger import group_writer as module
from router.transparency.checkpoint import parse_checkpoint
from router.transparency.commitments import answered, asked, choices_of
from router.transparency.note import parse_note, parse_public_key
from router.transparency.proof import parse_proof, verify
from router.transparency.tree import is_consistent
from router.types import Message

CHAT = "/v1/chat/completions"
ASK = {"model": "auto", "messages": [{"role": "user", "content": "Prove what you said."}], "n": 2}


def test_a_proof_holds_the_receipt_and_opens_for_who_has_the_words(server: Running) -> None:
    with server.http() as http:
        answer = http.post(CHAT, json=ASK)
        name = answer.headers["x-fungible-receipt"]
        body, receipt = http.get("/v1/log/keys").json(), http.get(f"/v1/receipts/{name}").content
        proof = http.get(f"/v1/receipts/{name}/proof")
        opened = http.get(f"/v1/receipts/{name}/proof?salts=true")
    assert proof.headers["content-type"].startswith("text/plain")
    key = parse_public_key(body["key"])
    assert verify(parse_proof(proof.text), key).body.encode() == receipt
    shown = verify(parse_proof(opened.text), key)
    assert shown.prompt_is(asked([Message("user", "Prove what you said.")]))
    assert shown.answer_is(answered(choices_of(answer.json())))
    assert not shown.prompt_is(asked([Message("user", "Prove what I said.")]))


def test_a_stream_is_committed_to_as_its_client_puts_it_together(server: Running) -> None:
    text, name = "", ""
    with server.http() as http, http.stream("POST", CHAT, json=ASK | {"stream": True, "n": 1}) as stream:
        name = stream.headers["x-fungible-receipt"]
        for line in stream.iter_lines():
            if line.startswith("data: {"):
                text += orjson.loads(line[6:])["choices"][0]["delta"].get("content", "")
    proof = server.ledger.prove(name, salts=True)
    assert verify(proof, server.ledger.log.identity().first).answer_is(answered([[text, []]]))


def test_heads_are_signed_and_go_on_from_each_other(server: Running) -> None:
    with server.http() as http:
        before = parse_note(http.get("/v1/log/checkpoint").text)
        http.post(CHAT, json=ASK)
        server.ledger.flush()
        old = parse_checkpoint(before.text)
        body = http.get("/v1/log/consistency", params={"old": old.size}).json()
        assert http.get("/v1/log/consistency", params={"old": 10**6}).status_code == 400
        assert http.get("/v1/receipts/none/proof").status_code == 404
    new, path = parse_checkpoint(parse_note(body["head"]).text), [base64.b64decode(node) for node in body["path"]]
    assert body["new"] == new.size > old.size
    assert is_consistent(old.size, old.root, new.size, new.root, path)
    assert parse_note(body["head"]).signed_by(server.ledger.log.identity().first)


def test_a_log_that_cannot_prove_says_why(start: Starter) -> None:
    server = start()
    (start.folder / "ledger-0.key").unlink()
    server.ledger.log._keys._keys.clear()
    with server.http() as http:
        answer = http.get("/v1/log/checkpoint")
    assert answer.status_code == 500
    assert "does not hold the key" in answer.json()["error"]["message"]


def test_where_durability_is_refuse_every_answer_is_on_disk_before_it_ends(start: Starter) -> None:
    server = start(durability="refuse")
    with server.http() as http, sqlite3.connect(start.folder / "ledger-0.sqlite3") as database:
        for number in range(10):
            answer = http.post(CHAT, json=ASK | {"stream": number % 2 == 1})
            assert answer.status_code == 200
            name = answer.headers["x-fungible-receipt"]
            assert database.execute("SELECT 1 FROM receipts WHERE id = ?", (name,)).fetchone()


def test_where_durability_is_refuse_nothing_is_served_that_cannot_be_written(start: Starter, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(module, "RETRY_S", 0.2)
    server = start(durability="refuse")
    server.ledger.database._writes.execute("PRAGMA query_only = 1")
    with server.http() as http:
        for _ in range(2):
            answer = http.post(CHAT, json=ASK)
            assert answer.status_code == 503
            assert "nothing is served unrecorded" in answer.json()["error"]["message"]
        server.ledger.database._writes.execute("PRAGMA query_only = 0")
        server.ledger.flush()
        while server.ledger.failure:
            time.sleep(0.01)
        assert http.post(CHAT, json=ASK).status_code == 200


def test_where_durability_is_degrade_answers_go_on_and_it_is_counted(start: Starter) -> None:
    server = start()
    server.ledger.database._writes.execute("PRAGMA query_only = 1")
    with server.http() as http:
        assert http.post(CHAT, json=ASK).status_code == 200
        measured = http.get("/metrics").text
    server.ledger.database._writes.execute("PRAGMA query_only = 0")
    assert "fungible_ledger_waiting 1.0" in measured


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/embeddings", {"model": "cost", "input": ["One.", "둘."], "dimensions": 8}),
        ("/v1/embeddings", {"model": "cost", "input": "One.", "dimensions": 8, "encoding_format": "base64"}),
        ("/v1/audio/speech", {"model": "mai-voice-1", "voice": "alloy", "input": "Trains leave at nine."}),
        (
            "/v1/messages",
            {
                "model": "cost",
                "max_tokens": 99,
                "system": "Be brief.",
                "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
            },
        ),
        ("/v1/messages", {"model": "cost", "max_tokens": 99, "messages": [{"role": "user", "content": "Hi"}]}),
    ],
)
def test_whatever_was_answered_its_client_can_hold_it_against_the_proof(
    server: Running, tmp_path: Path, path: str, body: dict[str, Any]
) -> None:
    with server.http() as http:
        answer = http.post(path, json=body)
        name = answer.headers["x-fungible-receipt"]
        (tmp_path / "key").write_text(http.get("/v1/log/keys").json()["key"])
        (tmp_path / "proof").write_text(http.get(f"/v1/receipts/{name}/proof?salts=true").text)
    (tmp_path / "prompt").write_text(json.dumps(body))
    (tmp_path / "answer").write_bytes(answer.content)

    def check() -> Shown:
        words = ["proof", "--key", "key", "--prompt", "prompt", "--answer", "answer"]
        return fungible(tmp_path, "receipt", "verify", *words)

    assert check().returncode == 0, check().stderr
    (tmp_path / "answer").write_bytes(another(answer.content))
    assert "That is not the answer" in check().stderr
    changed = json.dumps(body).replace("Hi", "Ho").replace("One", "Two").replace("nine", "ten")
    (tmp_path / "prompt").write_text(changed)
    assert "That is not the prompt" in check().stderr


def another(answer: bytes) -> bytes:
    """The same answer, but for a sample, a number or a word."""
    if answer.startswith(b"RIFF"):
        return answer + b"x"
    body = json.loads(answer)
    if "data" not in body:
        return answer.replace(b"stub", b"stab")
    body["data"][0]["embedding"] = [1.0] * 8
    return json.dumps(body).encode()
