"""Keys over HTTP: who is let in, as whom, and for what."""

from datetime import timedelta
from typing import Any

import httpx
import openai
import orjson
import pytest
from openai import OpenAI
from pydantic import TypeAdapter

from api.servers import Running, Starter
from router.cli.receipt.receipt_show import RECEIPT, reproduces
from router.config import load
from router.config.load import with_policies
from router.errors import ProviderError
from router.keys.secret import new_secret
from router.types import Author, Call, Chunk, Receipt

CHAT = "/v1/chat/completions"
BODY: dict[str, Any] = {"model": "auto", "messages": [{"role": "user", "content": "Hi! What should I cook tonight?"}]}
SELF = Author("kim", "command")


@pytest.fixture(scope="module")
def server(start_shared: Starter) -> Running:
    return start_shared(keys=True, admin_key="the key of an admin")


def ask(server: Running, secret: str | None, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
    with server.http(secret) as http:
        return http.post(CHAT, json={**BODY, **more}, headers=headers)


def receipt_of(server: Running, answer: httpx.Response) -> dict[str, Any]:
    stored = server.ledger.receipt(answer.headers["x-fungible-receipt"])
    assert stored is not None
    receipt: dict[str, Any] = orjson.loads(stored)
    return receipt


def typo(secret: str) -> str:
    return secret[:10] + ("x" if secret[10] != "x" else "y") + secret[11:]


def test_who_has_a_key_is_let_in_by_its_name(server: Running) -> None:
    secret = server.key("let-in", team="red", residency="kr")
    answer = ask(server, secret)
    assert answer.status_code == 200
    caller = receipt_of(server, answer)["ask"]["caller"]
    assert caller | {"key": "let-in", "team": "red", "residency": "kr", "tags": []} == caller


@pytest.mark.parametrize(
    "path", ["/v1/models", "/v1/models/gpt-5", "/v1/route", CHAT, "/v1/feedback", "/v1/receipts/x"]
)
def test_who_has_none_is_not(server: Running, path: str) -> None:
    with server.http() as http:
        answer = http.post(path, json=BODY) if path in (CHAT, "/v1/route", "/v1/feedback") else http.get(path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["x-request-id"]
    error = answer.json()["error"]
    assert (error["code"], error["type"], error["param"]) == ("invalid_api_key", "authentication_error", None)
    assert "fungible key create NAME" in error["message"]


def test_whatever_is_added_needs_a_key_too(server: Running) -> None:
    with server.http() as http:
        assert http.get("/v1/something/new").status_code == 401
        assert http.get("/new").status_code == 401


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/openapi.json", "/v1/log/keys"])
def test_what_is_nobodys_needs_none(server: Running, path: str) -> None:
    ask(server, server.key(f"open{path.replace('/', '-')}"))
    with server.http() as http:
        assert http.get(path).status_code == 200


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (typo, "its checksum does not fit, so a character is wrong or missing"),
        (lambda secret: secret[:-1], "its checksum does not fit"),
        (lambda _: new_secret(), "No key has that secret."),
        (lambda _: "sk-1234567890", "That is no API key: they begin with fgb_."),
        (lambda _: "비밀", "That is no API key"),
    ],
)
def test_a_wrong_secret_is_refused_with_the_reason_and_never_repeated(server: Running, change: Any, words: str) -> None:
    wrong = change(server.key(f"wrong-{len(server.live_config.keyring.keys)}"))
    with server.http() as http:
        answer = http.post(CHAT, json=BODY, headers={b"authorization": b"Bearer " + wrong.encode()})
    assert answer.status_code == 401
    assert words in answer.json()["error"]["message"]
    assert wrong not in answer.text


@pytest.mark.parametrize("header", ["api-key", "x-api-key", "Authorization"])
def test_a_secret_may_come_as_other_apis_send_it(server: Running, header: str) -> None:
    secret = server.key(f"by-{header}")
    value = f"bearer  {secret}" if header == "Authorization" else secret
    answer = ask(server, None, {header: value})
    assert receipt_of(server, answer)["ask"]["caller"]["key"] == f"by-{header}"


def test_a_key_that_is_revoked_is_refused_at_once_and_in_a_sentence(server: Running) -> None:
    secret = server.key("lost")
    assert ask(server, secret).status_code == 200
    with server.http("the key of an admin") as http:
        assert http.post("/admin/v1/keys/lost/revoke", params={"because": "lost"}).json()["state"] == "revoked"
    answer = ask(server, secret)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_api_key")
    assert answer.json()["error"]["message"].startswith("The key 'lost' was revoked, on 20")


def test_a_key_that_has_expired_is_refused(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = server.key("short", expires="2 hours")
    assert ask(server, secret).status_code == 200
    clock = server.live_config.keyring._clock
    monkeypatch.setattr(server.live_config.keyring, "_clock", lambda: clock() + timedelta(hours=2))
    answer = ask(server, secret)
    assert answer.status_code == 401
    assert "The key 'short' has expired, on 20" in answer.json()["error"]["message"]


def test_a_rotated_key_stays_itself_and_its_old_secret_ends_when_it_is_said_to(server: Running) -> None:
    old = server.key("rotating")
    keyring = server.live_config.keyring
    with server.http("the key of an admin") as http:
        made = http.post("/admin/v1/keys/rotating/rotate", params={"overlap": "1 hour"})
        assert made.headers["cache-control"] == "no-store"
        middle = made.json()["secret"]
        assert len(made.json()["secrets"]) == 2
        assert [ask(server, secret).status_code for secret in (old, middle)] == [200, 200]
        new = http.post("/admin/v1/keys/rotating/rotate").json()["secret"]
    assert [ask(server, secret).status_code for secret in (old, middle, new)] == [401, 401, 200]
    assert "was rotated: this is its old secret" in ask(server, middle).json()["error"]["message"]
    again = keyring.rotate("rotating", timedelta(0), SELF)
    assert len(again.key.secrets) == 2, "what ended before is no longer kept"
    assert "was rotated" in ask(server, old).json()["error"]["message"]


@pytest.mark.parametrize(
    ("headers", "options", "words"),
    [
        ({"x-fungible-team": "blue"}, {}, "the team of the key 'red-{}' is 'red'"),
        ({}, {"residency": "us"}, "the residency of the key 'red-{}' is 'kr'"),
    ],
)
def test_a_request_speaks_for_no_other_team_or_residency_than_its_key(
    server: Running, headers: dict[str, str], options: dict[str, str], words: str
) -> None:
    number = len(headers)
    secret = server.key(f"red-{number}", team="red", residency="kr")
    refused = ask(server, secret, headers, fungible=options)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
    assert words.format(number) in refused.json()["error"]["message"]
    said = ask(server, secret, {"x-fungible-team": "red", "x-fungible-tags": "beta"}, fungible={"tags": ["clinic"]})
    assert receipt_of(server, said)["ask"]["caller"]["tags"] == ["beta", "clinic"]


def test_models_and_policies_that_a_key_may_use_are_all_that_it_is_told_of(server: Running) -> None:
    secret = server.key("few", models=["phi-*"], policies=["cost", "quality"])
    with server.http(secret) as http:
        listed = http.get("/v1/models").json()["data"]
        assert [row["id"] for row in listed] == ["phi-4", "phi-4-mini", "auto", "cost", "quality"]
        assert next(row for row in listed if row["id"] == "auto")["fungible"]["policy"] == "cost"
        assert http.get("/v1/models/phi-4").status_code == 200
        unknown = http.get("/v1/models/gpt-5")
        assert unknown.status_code == 404
        assert "mai-1" not in unknown.text


def test_a_policy_that_a_key_may_not_use_is_forbidden_and_auto_is_one_that_it_may(server: Running) -> None:
    secret = server.key("thrifty", policies=["cost"])
    assert ask(server, secret).headers["x-fungible-policy"] == "cost"
    assert ask(server, secret, model="gpt-5").headers["x-fungible-policy"] == "cost"
    for refused in (
        ask(server, secret, model="quality"),
        ask(server, secret, {"x-fungible-policy": "quality"}, model="gpt-5"),
        ask(server, secret, model="model-router"),
    ):
        assert refused.status_code == 403
        assert "It may use: auto, cost, gpt-5" in refused.json()["error"]["message"]


def test_a_model_that_a_key_may_not_use_is_excluded_with_the_keys_name(server: Running) -> None:
    secret = server.key("small", models=["phi-4", "gpt-5-nano"])
    with server.http(secret) as http:
        rows = {row["model"]: row for row in http.post("/v1/route", json=BODY).json()["candidates"]}
    assert {name for name, row in rows.items() if row["code"] != "not_allowed"} == {"phi-4", "gpt-5-nano"}
    assert rows["gpt-5"]["detail"] == "key small"
    assert ask(server, secret, model="gpt-5").status_code == 403
    replaced = ask(server, secret, model="gpt-5", fungible={"consent": "any"})
    assert replaced.json()["model"] in ("phi-4", "gpt-5-nano")
    assert replaced.headers["x-fungible-reason"] == "asked_unavailable"


def test_the_receipt_of_a_limited_key_decides_again(server: Running) -> None:
    secret = server.key("again", models=["phi-*"], policies=["quality"], disclosure="header", consent="owner")
    answer = ask(server, secret, fungible={"consent": "any"})
    assert "fungible" not in answer.json()
    server.ledger.flush()
    body = server.ledger.receipt(answer.headers["x-fungible-receipt"])
    assert body is not None
    receipt: Receipt = RECEIPT.validate_json(body)
    assert receipt.ask.permit is not None
    assert (receipt.ask.consent, receipt.decision.disclosure) == ("owner", "header")
    assert reproduces(receipt, server.ledger)
    assert TypeAdapter(Receipt).validate_json(body) == receipt


class Failing:
    """Fails before the first byte, every time."""

    async def stream(self, call: Call) -> Any:
        raise ProviderError("unavailable", "down")
        yield Chunk()


def test_a_fallback_is_bound_by_what_the_key_may_use(start: Starter) -> None:
    """BerriAI/litellm PR 38572: a fallback that ignores the key's permissions."""
    text = "default: p\npolicies: {p: {because: a test, band: 1, prefer: gpt-5-nano, consent: any}}\n"
    server = start(with_policies(load(), text.encode()), providers={"gpt": Failing()}, keys=True)
    secret = server.key("two", models=["gpt-5-nano", "phi-4"])
    answer = ask(server, secret, {"x-fungible-consent": "any"})
    assert answer.json()["model"] == "phi-4"
    assert receipt_of(server, answer)["decision"]["fallbacks"] == ["phi-4"]
    only = server.key("one", models="gpt-5-nano")
    failed = ask(server, only)
    assert failed.status_code == 502
    assert {attempt["model"] for attempt in failed.json()["error"]["attempts"]} == {"gpt-5-nano"}


def test_disclosure_is_the_keys_and_silence_is_never_for_exact_consent(server: Running) -> None:
    secret = server.key("hushed", disclosure="silent")
    quiet = ask(server, secret)
    assert "x-fungible-served" not in quiet.headers
    assert quiet.json()["model"] == "auto"
    assert ask(server, secret, model="gpt-5").headers["x-fungible-served"] == "gpt-5"


def test_a_request_may_narrow_what_its_key_consents_to_and_never_widen_it(server: Running) -> None:
    secret = server.key("careful", consent="family")
    asked = {said: ask(server, secret, model="gpt-5", fungible={"consent": said}) for said in ("any", "exact")}
    assert {said: receipt_of(server, answer)["ask"]["consent"] for said, answer in asked.items()} == {
        "any": "family",
        "exact": "exact",
    }
    assert receipt_of(server, ask(server, secret, model="gpt-5"))["ask"]["consent"] == "family"


def test_a_receipt_is_for_the_key_that_asked_and_for_an_operator(server: Running) -> None:
    mine, other = server.key("mine"), server.key("other")
    id = ask(server, mine).headers["x-fungible-receipt"]  # noqa: A001
    server.ledger.flush()
    for path in (f"/v1/receipts/{id}", f"/v1/receipts/{id}/proof"):
        status = {}
        for who, secret in (("mine", mine), ("other", other), ("admin", "the key of an admin"), ("none", None)):
            with server.http(secret) as http:
                status[who] = http.get(path).status_code
        assert status == {"mine": 200, "other": 404, "admin": 200, "none": 401}
    rating = {"receipt": id, "rating": "up"}
    with server.http(other) as http:
        response = http.post("/v1/feedback", json=rating)
        assert (response.status_code, response.json()["error"]["param"]) == (404, "receipt")
    with server.http(mine) as http:
        assert http.post("/v1/feedback", json=rating).status_code == 200


def test_an_admin_may_look_but_not_ask_and_whoever_sits_here_neither(start: Starter) -> None:
    server = start(keys=True)
    answer = ask(server, server.key("asks"))
    with server.http() as http:
        assert http.get("/v1/models").status_code == 401
    with server.http(server.admin("looks", "viewer")) as http:
        assert http.get(f"/v1/receipts/{answer.headers['x-fungible-receipt']}").status_code == 200
        assert len(http.get("/v1/models").json()["data"]) > 8
        assert http.post(CHAT, json=BODY).status_code == 401
        assert http.get("/v1/models", headers={"authorization": f"Bearer {new_secret()}"}).status_code == 401


def test_the_admin_key_asks_for_nothing(server: Running) -> None:
    refused = ask(server, "the key of an admin")
    assert refused.status_code == 401


def test_a_server_without_keys_knows_whom_by_a_hash_as_before(start: Starter) -> None:
    server = start()
    secret = server.key("ignored", models=["phi-4"], team="red")
    receipt = receipt_of(server, ask(server, secret, model="gpt-5"))
    assert receipt["ask"]["caller"]["key"].startswith("key_")
    assert receipt["ask"]["permit"] is None
    assert ask(server, None).status_code == 200
    by_other = receipt_of(server, ask(server, None, {"api-key": secret}))
    assert by_other["ask"]["caller"]["key"] == receipt["ask"]["caller"]["key"]


def test_the_official_client_gets_its_own_errors(server: Running) -> None:
    clients = {
        "none": OpenAI(base_url=f"{server.url}/v1", api_key="sk-none", max_retries=0),
        "few": OpenAI(base_url=f"{server.url}/v1", api_key=server.key("client", policies=["cost"]), max_retries=0),
    }
    messages: Any = BODY["messages"]
    with pytest.raises(openai.AuthenticationError) as wrong:
        clients["none"].chat.completions.create(model="auto", messages=messages)
    assert wrong.value.code == "invalid_api_key"
    with pytest.raises(openai.PermissionDeniedError):
        clients["few"].chat.completions.create(model="quality", messages=messages)
    assert clients["few"].chat.completions.create(model="auto", messages=messages).choices
    assert {row.id for row in clients["few"].models.list()} >= {"auto", "cost", "gpt-5"}
    for client in clients.values():
        client.close()


def test_the_figures_name_keys_and_so_are_an_operators(start: Starter) -> None:
    server = start(keys=True, admin_key="a secret of an admin")
    secret = server.key("somebody")
    for given, status in ((None, 401), (secret, 401), ("a secret of an admin", 200)):
        with server.http(given) as http:
            assert http.get("/metrics").status_code == status
