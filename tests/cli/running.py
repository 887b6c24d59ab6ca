"""A command as a person types it, run in this process: as true as one of its own, without a second of imports.

The commands and their options are made once, not for each command that is typed.
"""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from typer.main import get_command

from router.cli import app, main

COLUMNS = "150"
COMMANDS = get_command(app)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a command printed, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


def fungible(folder: Path, *words: str, stdin: str = "", columns: str = COLUMNS) -> Shown:
    """Run `fungible WORDS` in a folder, with data of its own there."""
    environment = {"FUNGIBLE_DATA": str(folder / "data"), "COLUMNS": columns, "NO_COLOR": "1", "PATH": ""}
    environment |= {name: value for name, value in os.environ.items() if name == "PYTHONPYCACHEPREFIX"}
    out, err = _stream(), _stream()
    with (
        patch.dict(os.environ, environment, clear=True),
        patch.object(sys, "argv", ["fungible", *words]),
        patch.object(sys, "stdin", io.StringIO(stdin)),
        patch("typer.main.get_command", lambda _: COMMANDS),
        _working_in(folder),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = _exit_code()
    return Shown(code, _text(out), _text(err))


def key_of(folder: Path, admin: str, role: str = "editor") -> tuple[str, str]:
    """The words by which a command is given in the name of an admin, who is made first."""
    file = folder / f"{admin}.key"
    if not file.exists():
        file.write_text(fungible(folder, "admin", "create", admin, "--role", role).stdout, encoding="ascii")
    return "--admin-key-file", str(file)


def _exit_code() -> int:
    try:
        main()
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else int(left.code is not None)
    return 0


@contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()
