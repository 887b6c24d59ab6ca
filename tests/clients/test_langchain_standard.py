"""LangChain's own standard suites, over a running server: both APIs of OpenAI's, Anthropic's, and vectors."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from api.backends import house_in
from api.servers import Starter

from clients.coding.programs import red_square
from clients.obliging_backend import oblige
from router.bench.http.fake_backend import Upstream

pytest.importorskip("langchain_tests")
pytest.importorskip("langchain_openai")
anthropic: Any = pytest.importorskip("langchain_anthropic")

from langchain_openai import ChatOpenAI, OpenAIEmbeddings  # noqa: E402
from langchain_tests.integration_tests import (  # noqa: E402
    ChatModelIntegrationTests,
    EmbeddingsIntegrationTests,
    chat_models,
)

# The suites leave clients for the collector to close; how to run them is in docs/clients.md.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:Received a Pydantic BaseModel V1 schema"),
    pytest.mark.filterwarnings("ignore:Pydantic serializer warnings"),
]
address: dict[str, str] = {}


@pytest.fixture(autouse=True, scope="module")
def running(start_shared: Starter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A server before a backend that does as it is asked; the suites themselves ask for no fixtures of ours."""
    with Upstream(oblige) as upstream:
        folder = house_in(tmp_path_factory.mktemp("standard") / "config", {"only": upstream.url})
        catalog = json.loads((folder / "catalog.yaml").read_text())
        catalog["models"][0]["capabilities"] = ["tools", "json", "vision"]
        (folder / "catalog.yaml").write_text(json.dumps(catalog))
        address["url"] = start_shared(folder=folder).url
        address["vectors"] = start_shared().url
        yield


@pytest.fixture(autouse=True)
def pictures(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the suites show is fetched from elsewhere: here it is a picture of ours."""
    picture = SimpleNamespace(content=red_square(tmp_path / "red.png").read_bytes())
    monkeypatch.setattr(chat_models, "httpx", SimpleNamespace(get=lambda *_, **__: picture))


class Standard(ChatModelIntegrationTests):
    """What the suites may ask of every model here."""

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": "auto", "base_url": f"{address['url']}/v1", "api_key": "none", "max_retries": 0} | {
            "stream_usage": True
        }

    @property
    def chat_model_class(self) -> type[Any]:
        return ChatOpenAI

    @property
    def supports_image_inputs(self) -> bool:
        return True

    @property
    def supports_image_urls(self) -> bool:
        return True

    @property
    def supports_image_tool_message(self) -> bool:
        return True

    @property
    def supports_json_mode(self) -> bool:
        return True

    @property
    def enable_vcr_tests(self) -> bool:
        return False


class TestChatCompletions(Standard):
    """`/v1/chat/completions`."""


class TestResponses(Standard):
    """`/v1/responses`."""

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return super().chat_model_params | {"use_responses_api": True}


class TestMessages(Standard):
    """`/v1/messages`."""

    @property
    def chat_model_class(self) -> type[Any]:
        return anthropic.ChatAnthropic  # type: ignore[no-any-return]

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": "auto", "base_url": address["url"], "api_key": "none", "max_retries": 0}

    @property
    def supports_json_mode(self) -> bool:
        return False

    @property
    def supports_anthropic_inputs(self) -> bool:
        return True


class TestVectors(EmbeddingsIntegrationTests):
    """`/v1/embeddings`."""

    @property
    def embeddings_class(self) -> type[Any]:
        return OpenAIEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"model": "text-embedding-3-small", "base_url": f"{address['vectors']}/v1", "api_key": "none"}
