"""The secret of a key is told once, and stands nowhere else: no file, no log, no answer, no error."""

import logging
import re
from pathlib import Path
from typing import Any

import pytest

from api.servers import Running, Starter
from router.errors import Unreachable
from router.ledger.location import Place
from router.ledger.log.export import export

ADMIN = "the key of an admin"
CHAT = "/v1/chat/completions"
BODY: dict[str, Any] = {"model": "auto", "messages": [{"role": "user", "content": "hi"}]}


def everything(folder: Path) -> bytes:
    """All that is on disk."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return b"".join(path.read_bytes() for path in files)


def exercised(server: Running) -> tuple[list[str], str]:
    """The secrets of some keys, and all that was ever answered but for the two answers that tell one."""
    texts: list[str] = []
    with server.http(ADMIN) as admin:
        made = admin.post("/admin/v1/keys", json={"name": "leak", "requests_per_minute": 4, "models": "phi-4"})
        old = made.json()["secret"]
        new = admin.post("/admin/v1/keys/leak/rotate", params={"overlap": "1 hour"}).json()["secret"]
        with server.http(new) as http:
            asked = [http.post(CHAT, json=BODY), http.post("/v1/route", json=BODY), http.get("/v1/models")]
            asked += [http.post(CHAT, json={**BODY, "model": "gpt-5"}), http.post(CHAT, json={**BODY, "stream": True})]
            asked += [http.post(CHAT, json=BODY) for _ in range(2)]
            asked += [
                http.get(f"/v1/receipts/{asked[0].headers['x-fungible-receipt']}{more}") for more in ("", "/proof")
            ]
            asked += [http.post(CHAT, json=BODY, headers={"x-fungible-consent": "nobody", "api-key": old})]
        admin.post("/admin/v1/keys/leak/revoke")
        for wrong in (old, new, f"{new}x", f" {new} {new}"):
            with server.http(wrong) as http:
                asked.append(http.post(CHAT, json=BODY))
        asked += [admin.get(f"/admin/v1/{path}") for path in ("keys", "keys/leak", "budgets", "policies/log")]
        asked += [admin.get(path) for path in ("/metrics", "/readyz", "/v1/log/checkpoint", "/openapi.json")]
    texts += [f"{response.text}{response.headers}" for response in asked]
    assert {response.status_code for response in asked} >= {200, 400, 401, 403, 429}
    return [old, new], "".join(texts)


def test_a_secret_stands_nowhere(start: Starter, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    place = Place(tmp_path / "data")
    server = start(place=place, keys=True, admin_key=ADMIN)
    secrets, text = exercised(server)
    server.ledger.flush()
    export(server.ledger.log, tmp_path / "exported.jsonl")
    kept = everything(tmp_path)
    for secret in secrets:
        unknown = secret[8:]
        assert unknown not in text
        assert unknown not in caplog.text
        assert unknown.encode() not in kept
        assert secret[:8] in text, "its first characters are shown, so that people can tell their keys apart"
    assert ADMIN not in text + caplog.text
    assert ADMIN.encode() not in kept
    assert not re.search(r'"digest"', text), "nor is the hash of a secret anybody's business"


def test_a_failure_that_nobody_foresaw_repeats_no_secret(
    start: Starter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server = start(keys=True)
    secret = server.key("leak", requests_per_minute=5)

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("out of the blue")

    monkeypatch.setattr(server.service, "considered", broken)
    monkeypatch.setattr(server.service, "_consider", broken)
    with server.http(secret) as http:
        answers = [http.post(path, json=BODY) for path in (CHAT, "/v1/route")]

    def away(*_: Any) -> Any:
        raise Unreachable("no route")

    monkeypatch.setattr(server.service.rate_limiter._windows, "lease", away)
    with server.http(secret) as http:
        answers.append(http.post(CHAT, json=BODY))
    assert [answer.status_code for answer in answers[:2]] == [500, 500]
    assert secret[8:] not in "".join(answer.text for answer in answers) + caplog.text
