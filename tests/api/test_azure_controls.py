"""Azure's controls of its model router, by its own client: obeyed with the header, left out with a note without it."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from openai import AzureOpenAI

from api.servers import Running, Starter
from api.test_failures import down, scripted

HEADER = {"Foundry-Features": "Evaluations=V1Preview, ModelRouterControls=V1Preview"}
USER = [{"role": "user", "content": "Which river runs through Seoul?"}]
BODIES: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"messages": USER},
    "/openai/deployments/model-router/chat/completions": {"messages": USER},
    "/openai/v1/responses": {"input": "Which river runs through Seoul?"},
    "/api/projects/mine/openai/v1/chat/completions": {"messages": USER},
    "/anthropic/v1/messages": {"messages": USER, "max_tokens": 500},
}


def ask(running: Running, path: str, config: Any = None, header: bool = True, **more: Any) -> httpx.Response:
    body = BODIES[path] | {"model": "model-router"} | ({} if config is None else {"routing_config": config}) | more
    with running.http() as http:
        return http.post(path, json=body, headers=HEADER if header else {})


def last_event(text: str) -> Any:
    event = json.loads(
        [line[6:] for line in text.splitlines() if line.startswith("data: {") and "routing_trace" in line][-1]
    )
    return event.get("response", event)


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("stream", [False, True])
def test_the_controls_are_obeyed_and_told(server: Running, path: str, stream: bool) -> None:
    chosen = {}
    for mode in ("cost", "quality", "Balanced"):
        answer = ask(server, path, {"mode": mode}, stream=stream)
        assert answer.status_code == 200
        body = last_event(answer.text) if stream else answer.json()
        details = body["model_selection_details"]["model_router_details"]
        assert (details["mode"], body["fungible"]["policy"]) == (mode.lower(), mode.lower())
        (trace,) = details["routing_trace"]
        assert isinstance(trace["latency_ms"], int)
        assert trace["attempts"] == [{"model": body["fungible"]["served"], "result": {"status": 200}}]
        chosen[mode] = body["fungible"]["served"]
    assert chosen["quality"] == "gpt-5" != chosen["cost"]


@pytest.mark.parametrize("path", BODIES)
def test_models_narrow(server: Running, path: str) -> None:
    models = ["phi-4", "gpt-5-nano"]
    answer = ask(server, path, {"mode": "quality", "models": models})
    assert answer.json()["fungible"]["served"] in models
    decided = httpx.post(
        f"{server.url}/v1/route",
        headers=HEADER,
        json={"model": "auto", "messages": USER, "routing_config": {"models": models}},
    ).json()
    others = [row for row in decided["candidates"] if row["model"] not in models]
    assert {(row["code"], row["detail"]) for row in others} == {("not_allowed", "routing_config")}


@pytest.mark.parametrize("path", BODIES)
def test_without_the_header_they_are_left_out_with_a_note(server: Running, path: str) -> None:
    answer = ask(server, path, {"mode": "nonsense", "models": 5}, header=False)
    assert answer.status_code == 200
    assert "dropped:routing_config" in answer.json()["fungible"]["notes"]
    assert "model_selection_details" not in answer.text
    plain = ask(server, path, header=False)
    assert not {"dropped:routing_config"} & set(plain.json()["fungible"]["notes"])


def test_the_header_alone_asks_to_be_told(server: Running) -> None:
    details = ask(server, "/v1/chat/completions").json()["model_selection_details"]["model_router_details"]
    assert details["mode"] == "balanced"


WRONG: list[tuple[Any, str, str]] = [
    ({"mode": "fast"}, "routing_config.mode", "'fast' is none of balanced, cost, quality"),
    ({"mode": 5}, "routing_config.mode", "string"),
    ({"models": []}, "routing_config.models", "at least 1"),
    ({"models": "gpt-5"}, "routing_config.models", "array"),
    ({"models": ["gpt5"]}, "routing_config.models", "Did you mean 'gpt-5'"),
    ({"require_parameters": "yes"}, "routing_config.require_parameters", "boolean"),
    ({"session_affinity": {"strategy": "glue"}}, "routing_config.session_affinity.strategy", "'adaptive'"),
    ({"modes": "cost"}, "routing_config.modes", "nexpected"),
    ("cost", "routing_config", "object"),
]


@pytest.mark.parametrize(("config", "param", "words"), WRONG)
@pytest.mark.parametrize("path", BODIES)
def test_what_is_wrong_is_a_400_before_any_call(
    start_shared: Starter, server: Running, path: str, config: Any, param: str, words: str
) -> None:
    answer = ask(server, path, config)
    error = answer.json()["error"]
    assert answer.status_code == 400
    assert error["param"] == param
    assert words in error["message"]


def test_two_policies_are_one_too_many(server: Running) -> None:
    answer = ask(server, "/v1/chat/completions", {"mode": "cost"}, model="house-first")
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "routing_config.mode")


def test_numbers_that_no_model_takes_are_still_refused(server: Running) -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": {"maximum": 2**70}}}
    assert ask(server, "/v1/chat/completions", {"mode": "cost"}, tools=[tool]).status_code == 400


def test_attempts_are_told_in_their_order(start: Starter) -> None:
    running, _ = scripted(start, {"gpt-5": down("rate_limited")})
    answer = ask(running, "/v1/chat/completions", {"mode": "quality"}).json()
    (trace,) = answer["model_selection_details"]["model_router_details"]["routing_trace"]
    first, second = trace["attempts"]
    assert first == {
        "model": "gpt-5",
        "result": {
            "status": 429,
            "error": {"code": "rate_limited", "message": "The call ended with the outcome rate_limited."},
        },
    }
    assert second == {"model": answer["model"], "result": {"status": 200}}


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("stream", [False, True])
def test_a_silent_policy_tells_nothing(start: Starter, path: str, stream: bool) -> None:
    running = start()
    config = running.service.config
    policies = {name: replace(policy, disclosure="silent") for name, policy in config.policies.items()}
    running.service.active = replace(running.service.active, config=replace(config, policies=policies))
    answer = ask(running, path, {"mode": "quality"}, stream=stream)
    assert answer.status_code == 200
    assert "model_selection_details" not in answer.text
    assert '"model":"gpt-5"' not in answer.text.replace(" ", "")


def test_a_session_is_a_conversation_and_what_is_sticky_is_noted(server: Running) -> None:
    units = []
    for session, header in (("a", "b"), ("", "b"), ("a", "c"), (None, "b")):
        affinity = {"strategy": "sticky", "session_id": session}
        body = {"model": "auto", "messages": USER, "routing_config": {"session_affinity": affinity}}
        with server.http() as http:
            answer = http.post("/v1/chat/completions", json=body, headers=HEADER | {"x-ms-session-id": header})
        assert "approximated:session_affinity=sticky" in answer.json()["fungible"]["notes"]
        server.ledger.flush()
        receipt = json.loads(server.ledger.receipt(answer.json()["fungible"]["receipt"]) or b"{}")
        units.append(receipt["ask"]["unit"])
    assert units[0] == units[2] != units[1] == units[3]


def test_azures_own_client_reads_it(server: Running) -> None:
    with AzureOpenAI(
        azure_endpoint=server.url, api_key="none", api_version="2024-10-21", default_headers=HEADER, max_retries=0
    ) as client:
        answer = client.chat.completions.create(
            model="model-router",
            messages=USER,
            extra_body={"routing_config": {"mode": "cost", "require_parameters": True}},  # type: ignore[arg-type]
        )
    details = (answer.model_extra or {})["model_selection_details"]["model_router_details"]
    assert details["mode"] == "cost"
    assert details["routing_trace"][0]["attempts"][-1]["model"] == answer.model
