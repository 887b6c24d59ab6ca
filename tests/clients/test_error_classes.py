"""Clients' own classes for errors: what is too long, what was filtered, and a quota that is used up."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest
from api.servers import Running, Starter
from api.test_failures import scripted

from router.errors import BackendRefusal, Overflow, ProviderError

LONG = "word " * 40_000
REFUSALS = {
    "gpt-5": BackendRefusal("context_length_exceeded", "invalid_request_error", "messages", overflow=Overflow(8, 9)),
    "gpt-5-mini": BackendRefusal("content_policy_violation", "invalid_request_error"),
    "gpt-5-nano": BackendRefusal("insufficient_quota", "insufficient_quota"),
}


@pytest.fixture
def refusing(start: Starter) -> Running:
    """Models that refuse, each in its way."""
    errors = {
        model: [ProviderError("rate_limited" if model == "gpt-5-nano" else "rejected", "No.", refusal=refusal)]
        for model, refusal in REFUSALS.items()
    }
    return scripted(start, errors)[0]


@pytest.mark.parametrize("responses", [False, True])
def test_langchain_knows_what_is_too_long(server: Running, refusing: Running, responses: bool) -> None:
    langchain: Any = pytest.importorskip("langchain_openai")
    overflow: Any = pytest.importorskip("langchain_core.exceptions").ContextOverflowError
    for running, model, text in ((server, "phi-4", LONG), (refusing, "gpt-5", "hello")):
        with httpx.Client() as plain:
            shared = {"api_key": "none", "http_client": plain, "max_retries": 0, "http_socket_options": ()}
            chat = langchain.ChatOpenAI(
                base_url=f"{running.url}/v1", model=model, use_responses_api=responses, **shared
            )
            with pytest.raises(overflow):
                chat.invoke(text)
            with pytest.raises(overflow):
                list(chat.stream(text))


def test_langchains_anthropic_knows_too(server: Running, refusing: Running) -> None:
    langchain: Any = pytest.importorskip("langchain_anthropic")
    overflow: Any = pytest.importorskip("langchain_core.exceptions").ContextOverflowError
    for running, model, text in ((server, "phi-4", LONG), (refusing, "gpt-5", "hello")):
        chat = langchain.ChatAnthropic(base_url=running.url, model=model, api_key="none", max_retries=0, max_tokens=99)
        with pytest.raises(overflow):
            chat.invoke(text)


def test_litellm_raises_its_own_classes(server: Running, refusing: Running) -> None:
    if find_spec("litellm") is None:
        pytest.skip("litellm is not installed")
    command = [sys.executable, Path(__file__).with_name("litellm_errors.py"), server.url, refusing.url]
    env = os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, env=env, check=False)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout.splitlines()[-1]) == {
        "too long here": "ContextWindowExceededError",
        "too long there": "ContextWindowExceededError",
        "too long, in Anthropic's words": "ContextWindowExceededError",
        "filtered": "ContentPolicyViolationError",
        "quota": "RateLimitError",
    }
