"""No number that a command takes for days or for chance is beyond what dates and sources of chance hold."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from router.cli import app

NAMES, OF_DRIFT = {"seed", "days", "stale_days"}, {"recent", "before"}


def options(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, part in getattr(command, "commands", {}).items():
        yield from options(part, (*path, name))
    names = NAMES | OF_DRIFT if path == ("drift",) else NAMES
    yield from ((path, option.opts[0]) for option in command.params if option.name in names)


EVERY = [*options(typer.main.get_command(app))]


def test_there_are_such_numbers() -> None:
    assert {(("drift",), "--recent"), (("scenario", "run"), "--seed"), (("bench", "routing"), "--seed")} <= {*EVERY}


@pytest.mark.parametrize(("path", "option"), EVERY)
def test_days_and_seeds_have_an_end(path: tuple[str, ...], option: str) -> None:
    more = ["off-frontier"] if path[0] == "scenario" else []
    ended = CliRunner().invoke(app, [*path, *more, option, str(10**20)], env={"COLUMNS": "200"})
    assert ended.exit_code == 2
    assert "less than or equal to" in ended.output
