"""Azure's paths, by its own client: a deployment is a model or a policy."""

from collections.abc import Iterator

import httpx
import pytest
from openai import AzureOpenAI, NotFoundError, OpenAI

from api.servers import Running

USER = [{"role": "user", "content": "Hi! What should I cook tonight?"}]
VERSION = "2024-10-21"


@pytest.fixture
def azure(server: Running) -> Iterator[AzureOpenAI]:
    with AzureOpenAI(azure_endpoint=server.url, api_key="any", api_version=VERSION, max_retries=0) as client:
        yield client


def test_a_deployment_is_a_model_or_a_policy(azure: AzureOpenAI) -> None:
    assert azure.chat.completions.create(model="mai-1", messages=USER).model == "mai-1"  # type: ignore[arg-type]
    assert azure.chat.completions.create(model="cost", messages=USER).model == "phi-4-mini"  # type: ignore[arg-type]


def test_streams_and_errors_are_the_same(azure: AzureOpenAI) -> None:
    pieces = azure.chat.completions.create(model="phi-4", messages=USER, stream=True)  # type: ignore[arg-type]
    assert "Phi" in "".join(piece.choices[0].delta.content or "" for piece in pieces)
    with pytest.raises(NotFoundError, match="Did you mean 'phi-4'"):
        azure.chat.completions.create(model="phi-5", messages=USER)  # type: ignore[arg-type]


def test_the_newer_path_needs_no_version(server: Running) -> None:
    with OpenAI(base_url=f"{server.url}/openai/v1", api_key="any", max_retries=0) as client:
        assert client.chat.completions.create(model="mai-1", messages=USER).model == "mai-1"  # type: ignore[arg-type]
        assert "balanced" in {model.id for model in client.models.list()}


def test_the_path_goes_before_the_body_and_a_key_may_come_as_azure_sends_it(server: Running) -> None:
    path = f"{server.url}/openai/deployments/mai-1/chat/completions?api-version={VERSION}"
    for body in ({"messages": USER}, {"messages": USER, "model": "gpt-5"}):
        answer = httpx.post(path, json=body, headers={"api-key": "my-key"})
        assert answer.json()["model"] == "mai-1"
        receipt = httpx.get(f"{server.url}/v1/receipts/{answer.headers['x-fungible-receipt']}").json()
        assert receipt["ask"]["caller"]["key"].startswith("key_")


@pytest.mark.parametrize("body", [b"", b"[1]", b"{"])
def test_bad_bodies_are_refused_in_openai_s_envelope(server: Running, body: bytes) -> None:
    answer = httpx.post(f"{server.url}/openai/deployments/mai-1/chat/completions", content=body)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")


@pytest.mark.parametrize("path", ["/openai/deployments//chat/completions", "/openai/deployments/a/b", "/openai/x"])
def test_what_azure_has_and_we_don_t_is_not_there(server: Running, path: str) -> None:
    assert httpx.post(f"{server.url}{path}", json={"messages": USER}).status_code == 404


def test_a_name_with_a_slash_is_one_name(server: Running) -> None:
    path = f"{server.url}/openai/deployments/a%2Fb%2525/chat/completions?api-version={VERSION}"
    answer = httpx.post(path, json={"messages": USER})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")
    assert "'a/b%25'" in answer.json()["error"]["message"]
