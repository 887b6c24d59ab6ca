"""`llm`, as a command with a file that names the router's models, and as a library."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from api.servers import Running

llm: Any = pytest.importorskip("llm")

ASK = "What is the weather in Seoul?"
MODELS = """\
- model_id: fungible
  model_name: auto
  api_base: {url}/v1
  api_key_name: fungible
  supports_tools: true
  supports_schema: true
  can_stream: true
"""


@pytest.fixture
def folder(server: Running, tmp_path: Path) -> Path:
    (tmp_path / "extra-openai-models.yaml").write_text(MODELS.format(url=server.url))
    return tmp_path


def run(folder: Path, *words: str) -> str:
    env = os.environ | {"LLM_USER_PATH": str(folder)}
    command = [sys.executable, "-m", "llm", *words]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, env=env, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize("stream", [True, False])
def test_it_chats(folder: Path, stream: bool) -> None:
    said = run(folder, "-m", "fungible", "--key", "none", *([] if stream else ["--no-stream"]), ASK)
    assert "no model was called" in said


def test_it_answers_in_a_form(folder: Path) -> None:
    said = json.loads(run(folder, "-m", "fungible", "--key", "none", "--schema", "city, degrees int", ASK))
    assert set(said) == {"city", "degrees"}


def test_it_calls_tools_and_goes_on_from_what_they_return(folder: Path) -> None:
    code = "def get_weather(city: str) -> str:\n    'The weather in a city.'\n    return '21 degrees'\n"
    assert "21 degrees" in run(folder, "-m", "fungible", "--key", "none", "--functions", code, ASK)


def test_the_library(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_USER_PATH", str(folder))
    conversation = llm.get_model("fungible").conversation()
    first = conversation.prompt(ASK, key="none", stream=False)
    assert "no model was called" in first.text()
    assert first.usage().output > 0
    assert conversation.prompt("And tomorrow?", key="none", stream=False).text()
