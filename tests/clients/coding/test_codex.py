"""OpenAI's Codex, unmodified, through a running router."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clients.coding.programs import installed, red_square, run
from clients.coding.scripted_backend import Reply, ScriptedBackend, Seen
from clients.coding.serving import House

MCP = Path(__file__).with_name("weather_mcp.py")
CONFIG = """\
model_provider = "fungible"
check_for_update_on_startup = false

[model_providers.fungible]
name = "Fungible"
base_url = "{url}/v1"
wire_api = "responses"

[mcp_servers.sky]
command = "{python}"
args = ["{server}"]

[analytics]
enabled = false
"""
MANY = tuple(f"word{number} " for number in range(3_000))


NAMES = {
    # What Codex asks for unless somebody says otherwise: its tools are called by a program that the model writes.
    "default": (),
    # An older name: functions, a namespace for each MCP server, and patches as text.
    "older": ("-m", "gpt-5.5"),
}


@pytest.fixture
def codex() -> str:
    return installed("codex", "FUNGIBLE_TEST_CODEX", "@openai/codex")


@pytest.fixture(params=NAMES)
def model(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return NAMES[request.param]


def ask(codex: str, house: House, folder: Path, *words: str) -> str:
    """What the agent says last."""
    home = folder / "codex"
    home.mkdir()
    config = CONFIG.format(url=house.url, python=sys.executable, server=MCP)
    (home / "config.toml").write_text(config, encoding="utf-8")
    command = [codex, "exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", "--json", *words]
    ran = run(command, folder, CODEX_HOME=str(home))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    events = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
    items = [event["item"] for event in events if event["type"] == "item.completed"]
    return str([item["text"] for item in items if item["type"] == "agent_message"][-1])


def calling(name: str, arguments: dict[str, Any]) -> Callable[[Seen], Reply]:
    """A script: call a tool, by itself, after a search or by a program, and repeat what came of it."""

    def play(seen: Seen) -> Reply:
        if seen.results and "can be called now" not in seen.results[-1]:
            return Reply(("It says ", seen.results[-1]))
        program = next((tool for tool in seen.tools if tool.endswith("exec")), None)
        if program:
            return Reply(tool=program, arguments={"input": f"text(await tools.{name}({json.dumps(arguments)}))"})
        if name not in seen.tools:
            return Reply(tool="tool_search", arguments={"query": name.replace("__", " ")})
        return Reply(tool=name, arguments=arguments)

    return play


def test_a_command_is_run_and_its_output_comes_back(
    codex: str, model: tuple[str, ...], backend: ScriptedBackend, house: House, tmp_path: Path
) -> None:
    backend.play = calling("exec_command", {"cmd": "echo $((6 * 7)) | tee out.txt"})
    assert "42" in ask(codex, house, tmp_path, "Run the command.", *model)
    assert (tmp_path / "out.txt").read_text() == "42\n"


def test_a_tool_of_an_mcp_server_is_called(
    codex: str, model: tuple[str, ...], backend: ScriptedBackend, house: House, tmp_path: Path
) -> None:
    backend.play = calling("mcp__sky__weather", {"city": "Oslo"})
    assert "21 degrees in Oslo" in ask(codex, house, tmp_path, "What is the weather in Oslo?", *model)


def test_a_file_is_patched(
    codex: str, model: tuple[str, ...], backend: ScriptedBackend, house: House, tmp_path: Path
) -> None:
    patch = '*** Begin Patch\n*** Add File: new.txt\n+It was "é".\n*** End Patch\n'

    def play(seen: Seen) -> Reply:
        if seen.results:
            return Reply(("Done.",))
        if "apply_patch" in seen.tools:
            return Reply(tool="apply_patch", arguments={"input": patch})
        program = next(tool for tool in seen.tools if tool.endswith("exec"))
        return Reply(tool=program, arguments={"input": f"text(await tools.apply_patch({json.dumps(patch)}))"})

    backend.play = play
    ask(codex, house, tmp_path, "Make a file.", *model)
    assert (tmp_path / "new.txt").read_text(encoding="utf-8") == 'It was "é".\n'


def test_a_picture_reaches_the_model(
    codex: str, model: tuple[str, ...], backend: ScriptedBackend, house: House, tmp_path: Path
) -> None:
    backend.play = lambda seen: Reply((f"{seen.images} picture",))
    picture = red_square(tmp_path / "red.png")
    assert ask(codex, house, tmp_path, "What is this?", *model, "-i", str(picture)) == "1 picture"


def test_a_long_stream_arrives_whole(codex: str, backend: ScriptedBackend, house: House, tmp_path: Path) -> None:
    backend.play = lambda _: Reply(MANY)
    assert ask(codex, house, tmp_path, "Talk a lot.") == "".join(MANY)
