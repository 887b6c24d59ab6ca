"""LiteLLM as a client: `openai/NAME` at the router's address."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from api.servers import Running

if find_spec("litellm") is None:
    pytest.skip("litellm is not installed", allow_module_level=True)


@pytest.fixture(scope="module")
def answers(server: Running) -> dict[str, Any]:
    """What came of every call."""
    command = [sys.executable, Path(__file__).with_name("litellm_client.py"), server.url]
    # Prices of its own it would look up on the internet otherwise.
    env = os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, env=env, check=False)
    assert ran.returncode == 0, ran.stderr
    body: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return body


def test_it_chats(answers: dict[str, Any]) -> None:
    assert "no model was called" in answers["chat"]["text"]
    assert answers["chat"]["model"] == "phi-4-mini"
    assert answers["chat"]["tokens"] > 0


def test_it_streams(answers: dict[str, Any]) -> None:
    assert answers["stream"]["text"] == answers["chat"]["text"]
    assert answers["stream"]["pieces"] > 5
    assert answers["stream"]["tokens"] == answers["chat"]["tokens"]


def test_it_calls_tools_and_goes_on_from_what_they_return(answers: dict[str, Any]) -> None:
    assert set(answers["tools"]["arguments"]) == {"city"}
    assert "21 degrees" in answers["tools"]["text"]


def test_it_answers_in_a_form(answers: dict[str, Any]) -> None:
    assert set(answers["form"]) == {"city", "degrees"}


def test_it_speaks_responses_too(answers: dict[str, Any]) -> None:
    assert "no model was called" in answers["responses"]["text"]
    assert answers["responses"]["first"].endswith("response.created")
    assert answers["responses"]["last"].endswith("response.completed")


def test_it_knows_an_unknown_model(answers: dict[str, Any]) -> None:
    assert "Did you mean 'mai-1'" in answers["unknown"]
