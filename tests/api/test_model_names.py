"""Names that clients send, over HTTP: answers, notes, receipts, metrics, and the list of models in two shapes."""

import json

import pytest
from anthropic import Anthropic
from anthropic.types import ModelInfo

from api.servers import Running

CHAT = "/v1/chat/completions"
VERSION = {"anthropic-version": "2023-06-01"}


@pytest.mark.parametrize(
    ("name", "policy", "model"),
    [
        ("gpt-4o", "balanced", None),
        ("claude-sonnet-4-5-20250929", "balanced", None),
        ("gpt-5-2025-08-07", "balanced", "gpt-5"),
        ("openai/gpt-5", "balanced", "gpt-5"),
    ],
)
def test_an_answer_and_its_receipt_say_what_a_name_meant(
    server: Running, name: str, policy: str, model: str | None
) -> None:
    with server.http() as http:
        answer = http.post(CHAT, json={"model": name, "messages": [{"role": "user", "content": "hello"}]})
        assert answer.status_code == 200, answer.text
        said = answer.json()["fungible"]
        assert f"alias:{name}->{model or policy}" in said["notes"]
        ask = http.get(f"/v1/receipts/{said['receipt']}").json()["ask"]
        assert (ask["asked"], ask["policy"], ask["model"]) == (name, policy, model)
        assert answer.headers["x-fungible-asked"] == name
        assert (model is None) or answer.json()["model"] == model
        # Metrics have a line for each of few names.
        assert name not in http.get("/metrics").text


def test_the_names_of_claude_code_work_at_messages(server: Running) -> None:
    body = {"model": "sonnet", "max_tokens": 20, "messages": [{"role": "user", "content": "hello"}]}
    with server.http() as http:
        assert http.post("/v1/messages", json=body, headers=VERSION).status_code == 200


def test_another_name_is_a_404_with_the_nearest(server: Running) -> None:
    with server.http() as http:
        answers = [
            http.post(CHAT, json={"model": "openai/gpt5-mini", "messages": [{"role": "user", "content": "x"}]}),
            http.get("/v1/models/openai/gpt5-mini"),
        ]
    for answer in answers:
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (404, "model_not_found")
        assert "Did you mean 'gpt-5-mini'?" in error["message"]


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("openai/gpt-5", "gpt-5"),
        ("openai%2Fgpt-5", "gpt-5"),
        ("gpt-5-2025-08-07/", "gpt-5"),
        ("gpt-4o", "auto"),
        ("cost", "cost"),
    ],
)
def test_a_model_is_shown_by_any_of_its_names(server: Running, name: str, id: str) -> None:  # noqa: A002
    with server.http() as http:
        assert http.get(f"/v1/models/{name}").json()["id"] == id


def test_anthropics_version_header_gives_anthropics_list(server: Running) -> None:
    with server.http() as http:
        ours = [row["id"] for row in http.get("/v1/models").json()["data"]]
        listed = http.get("/v1/models", headers=VERSION).json()
        single = http.get("/v1/models/gpt-5", headers=VERSION).json()
    assert [row["id"] for row in listed["data"]] == ours
    assert (listed["has_more"], listed["first_id"], listed["last_id"]) == (False, ours[0], ours[-1])
    assert single == next(row for row in listed["data"] if row["id"] == "gpt-5")
    assert (single["type"], single["display_name"], single["created_at"]) == (
        "model",
        "GPT-5 (stand-in)",
        "2025-08-07T00:00:00Z",
    )
    for row in listed["data"]:
        ModelInfo.model_validate_json(json.dumps(row), strict=True)
    assert (single["lifecycle"], single["max_input_tokens"]) == ("active", single["fungible"]["context"])
    assert next(row for row in listed["data"] if row["id"] == "cost")["created_at"] == "1970-01-01T00:00:00Z"


def test_anthropics_client_reads_the_list_in_pages(server: Running) -> None:
    with Anthropic(base_url=server.url, api_key="none", max_retries=0) as client:
        whole = [row.id for row in client.models.list()]
        assert [row.id for row in client.models.list(limit=5)] == whole
        assert client.models.retrieve("gpt-5").display_name == "GPT-5 (stand-in)"
        before = client.models.list(limit=2, before_id=whole[5])
        assert ([row.id for row in before.data], before.has_more) == (whole[3:5], True)
        assert client.models.list(after_id=whole[-1]).data == []


@pytest.mark.parametrize(
    ("query", "param"),
    [("limit=0", "limit"), ("limit=x", "limit"), ("limit=1001", "limit"), ("after_id=q", "after_id")],
)
def test_a_page_that_cannot_be_is_refused_by_the_parameter(server: Running, query: str, param: str) -> None:
    with server.http() as http:
        answer = http.get(f"/v1/models?{query}", headers=VERSION)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
