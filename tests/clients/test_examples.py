"""The examples of docs/clients.md run as they stand, but for the address, those of each client in a process."""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from api.servers import Running
from api.test_npm_client import MODULES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "clients.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
ADDRESS = "http://127.0.0.1:8000"
CALLED = {"openai", "anthropic", "agents", "langchain_openai", "pydantic_ai", "instructor", "litellm"}


def client_of(text: str) -> str:
    """The client that an example is of; `openai` itself is part of several."""
    named = [name for name in re.findall(r"^(?:from|import) (\w+)", text, re.MULTILINE) if name in CALLED]
    return next((name for name in named if name != "openai"), "openai")


def run(command: list[str], **env: str) -> str:
    env = os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True", **env}
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, env=env, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_every_client_has_an_example() -> None:
    assert {client_of(text) for text in EXAMPLES} == CALLED
    assert all(ADDRESS in text for text in EXAMPLES)


@pytest.mark.parametrize("name", sorted(CALLED))
def test_the_examples_of_a_client_run(server: Running, name: str) -> None:
    if find_spec(name) is None:
        pytest.skip(f"{name} is not installed")
    text = "\n".join(text for text in EXAMPLES if client_of(text) == name)
    assert run([sys.executable, "-c", text.replace(ADDRESS, server.url)]).strip()


def test_the_example_of_llm_runs(server: Running, tmp_path: Path) -> None:
    if find_spec("llm") is None:
        pytest.skip("llm is not installed")
    (rows,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "extra-openai-models.yaml").write_text(rows.replace(ADDRESS, server.url), encoding="utf-8")
    (words,) = re.findall(r"^llm (.*) \"(.*)\"$", PAGE, re.MULTILINE)
    command = [sys.executable, "-m", "llm", *words[0].split(), words[1]]
    assert "no model was called" in run(command, LLM_USER_PATH=str(tmp_path))


def test_the_example_of_the_npm_client_runs(server: Running, tmp_path: Path) -> None:
    if not shutil.which("node") or not (MODULES / "openai").exists():
        pytest.skip("node or the openai npm client is not here: npm install --prefix .npm openai")
    (text,) = re.findall(r"```javascript\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "example.mjs").write_text(text.replace(ADDRESS, server.url), encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(MODULES)
    assert "no model was called" in run(["node", str(tmp_path / "example.mjs")])
