"""Coding agents as their makers publish them: where one is, and how it is run apart from everything of its user's."""

import os
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import pytest

PATIENCE_S = 120


def installed(program: str, variable: str, package: str) -> str:
    """The path of a program, by an environment variable or on PATH; the test is skipped where there is none."""
    if path := os.environ.get(variable) or shutil.which(program):
        return path
    pytest.skip(f"{program} is not here: npm install {package}, then put it on PATH or its path into {variable}")


def run(command: list[str], folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a program in a folder, with a home of its own."""
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "dumb", **variables}
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def red_square(path: Path) -> Path:
    """A picture of 64 red points."""
    row = b"\0" + b"\xff\0\0" * 8
    chunks = [(b"IHDR", struct.pack(">2I5B", 8, 8, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(row * 8)), (b"IEND", b"")]
    data = b"\x89PNG\r\n\x1a\n"
    for name, body in chunks:
        data += struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    path.write_bytes(data)
    return path
