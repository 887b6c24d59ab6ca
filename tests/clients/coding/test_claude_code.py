"""Anthropic's Claude Code, unmodified, through a running router."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from clients.coding.programs import installed, red_square, run
from clients.coding.scripted_backend import Reply, ScriptedBackend, Seen
from clients.coding.serving import House

MCP = Path(__file__).with_name("weather_mcp.py")
SERVERS = {"mcpServers": {"sky": {"command": sys.executable, "args": [str(MCP)]}}}
QUIET = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_TELEMETRY": "1",
    "DISABLE_ERROR_REPORTING": "1",
}
MANY = tuple(f"word{number} " for number in range(3_000))


@pytest.fixture
def claude() -> str:
    return installed("claude", "FUNGIBLE_TEST_CLAUDE", "@anthropic-ai/claude-code")


def ask(claude: str, house: House, folder: Path, *words: str) -> dict[str, Any]:
    """The result of one turn."""
    (folder / "mcp.json").write_text(json.dumps(SERVERS), encoding="utf-8")
    command = [claude, "-p", *words, "--output-format", "json", "--mcp-config", "mcp.json"]
    command += ["--allowedTools", "Bash", "Read", "mcp__sky__weather"]
    ran = run(command, folder, ANTHROPIC_BASE_URL=house.url, ANTHROPIC_API_KEY="none", **QUIET)
    assert ran.returncode == 0, _all(ran)
    result: dict[str, Any] = json.loads(ran.stdout)
    assert not result["is_error"], _all(ran)
    return result


def _all(ran: "subprocess.CompletedProcess[str]") -> str:
    return ran.stdout + ran.stderr


def test_a_command_is_run_and_its_output_comes_back(
    claude: str, backend: ScriptedBackend, house: House, tmp_path: Path
) -> None:
    def play(seen: Seen) -> Reply:
        if seen.results:
            return Reply(("It says ", seen.results[-1]))
        return Reply(tool="Bash", arguments={"command": "echo $((6 * 7)) | tee out.txt", "description": "Count"})

    backend.play = play
    assert "42" in ask(claude, house, tmp_path, "Run the command.")["result"]
    assert (tmp_path / "out.txt").read_text() == "42\n"


def test_a_tool_of_an_mcp_server_is_called(claude: str, backend: ScriptedBackend, house: House, tmp_path: Path) -> None:
    def play(seen: Seen) -> Reply:
        if seen.results:
            return Reply(("It says ", seen.results[-1]))
        (tool,) = [tool for tool in seen.tools if tool.endswith("weather")]
        return Reply(tool=tool, arguments={"city": "Oslo"})

    backend.play = play
    assert "21 degrees in Oslo" in ask(claude, house, tmp_path, "What is the weather in Oslo?")["result"]


def test_a_picture_that_is_read_reaches_the_model(
    claude: str, backend: ScriptedBackend, house: House, tmp_path: Path
) -> None:
    picture = red_square(tmp_path / "red.png")

    def play(seen: Seen) -> Reply:
        if seen.results:
            return Reply((f"{seen.images} picture",))
        return Reply(tool="Read", arguments={"file_path": str(picture)})

    backend.play = play
    assert ask(claude, house, tmp_path, "What is in red.png?")["result"] == "1 picture"


def test_a_long_stream_arrives_whole(claude: str, backend: ScriptedBackend, house: House, tmp_path: Path) -> None:
    backend.play = lambda _: Reply(MANY)
    assert ask(claude, house, tmp_path, "Talk a lot.")["result"].strip() == "".join(MANY).strip()
