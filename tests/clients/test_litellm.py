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
def told(server: Running) -> dict[str, Any]:
    """What came of every call."""
    command = [sys.executable, Path(__file__).with_name("litellm_client.py"), server.url]
    # Prices of its own it would look up on the internet otherwise.
    env = os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, env=env, check=False)
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def test_it_chats(told: dict[str, Any]) -> None:
    assert "no model was called" in told["chat"]["text"]
    assert told["chat"]["model"] == "phi-4-mini"
    assert told["chat"]["tokens"] > 0


def test_it_streams(told: dict[str, Any]) -> None:
    assert told["stream"]["text"] == told["chat"]["text"]
    assert told["stream"]["pieces"] > 5
    assert told["stream"]["tokens"] == told["chat"]["tokens"]


def test_it_calls_tools_and_goes_on_from_what_they_return(told: dict[str, Any]) -> None:
    assert set(told["tools"]["arguments"]) == {"city"}
    assert "21 degrees" in told["tools"]["text"]


def test_it_answers_in_a_form(told: dict[str, Any]) -> None:
    assert set(told["form"]) == {"city", "degrees"}


def test_it_speaks_responses_too(told: dict[str, Any]) -> None:
    assert "no model was called" in told["responses"]["text"]
    assert told["responses"]["first"].endswith("response.created")
    assert told["responses"]["last"].endswith("response.completed")


def test_it_knows_an_unknown_model(told: dict[str, Any]) -> None:
    assert "Did you mean 'mai-1'" in told["unknown"]
