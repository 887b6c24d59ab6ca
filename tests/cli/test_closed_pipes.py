"""Whoever reads what a command prints may stop early: then the command ends without a word."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
GROUPS = [
    ["--help"],
    ["explain", "hi"],
    ["explain", "hi", "--json"],
    ["policy", "schema"],
    ["policy", "show"],
    ["policy", "lint", str(SEEDS / "policies.yaml")],
    ["policy", "log", "--json"],
    ["ramp", "list"],
    ["key", "list"],
    ["admin", "--help"],
    ["ledger", "--help"],
    ["receipt", "--help"],
    ["bench", "--help"],
    ["fleet", "--help"],
    ["money", "--help"],
]


@pytest.mark.parametrize("words", GROUPS, ids=" ".join)
def test_nothing_is_said_into_a_pipe_that_nobody_reads(tmp_path: Path, words: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    environment = {**os.environ, "FUNGIBLE_DATA": str(tmp_path / "data"), "COLUMNS": "80", "NO_COLOR": "1"}
    command = [sys.executable, "-m", "router.cli", *words]
    try:
        ended = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, env=environment, timeout=60, check=False)
    finally:
        os.close(writer)
    assert ended.stderr.strip() == b""
    assert ended.returncode in (0, 1)
