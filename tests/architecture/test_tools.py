"""The type checker and the linter have nothing to say."""

import subprocess
import sys

import pytest

from architecture.source import ROOT


@pytest.mark.parametrize(
    "command",
    [
        ["mypy", "--strict"],
        ["ruff", "check", "router", "providers", "tests"],
        ["ruff", "format", "--check", "router", "providers", "tests"],
    ],
    ids=["mypy", "ruff check", "ruff format"],
)
def test_the_tool_is_content(command: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
