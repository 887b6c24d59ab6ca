"""The help of every command on a terminal of 80 columns: whole words, and nothing after a flag."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from cli.running import fungible
from router.cli import app

MOST_CONFIG_HELP = 80


def commands(group: Any, *names: str) -> list[tuple[str, ...]]:
    inner = [commands(command, *names, name) for name, command in getattr(group, "commands", {}).items()]
    return [names, *(path for paths in inner for path in paths)]


ROOT: Any = typer.main.get_command(app)
EVERY = commands(ROOT)


def options_of(path: tuple[str, ...]) -> list[Any]:
    command = ROOT
    for name in path:
        command = command.commands[name]
    return list(command.params)


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_it_is_whole_at_80_columns(tmp_path: Path, path: tuple[str, ...]) -> None:
    shown = fungible(tmp_path, *path, "--help", columns="80")
    assert shown.returncode == 0
    assert max(map(len, shown.stdout.splitlines())) <= 80
    assert "<bool>" not in shown.stdout
    # `chatcmpl-…` stands there on purpose; a word that was cut ends its line so.
    assert not re.search(r"(?<!-|_)…", shown.stdout)


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_no_choice_is_broken(tmp_path: Path, path: tuple[str, ...]) -> None:
    shown = fungible(tmp_path, *path, "--help", columns="80")
    words = set(re.findall(r"[\w-]+", shown.stdout))
    for option in options_of(path):
        choices = getattr(getattr(option, "type_descriptor", None), "choices", None) or ()
        assert words.issuperset(choices), option.name


def test_the_help_of_the_configuration_is_short(tmp_path: Path) -> None:
    texts = {o.help for path in EVERY for o in options_of(path) if "--config" in o.opts}
    assert texts
    assert max(map(len, texts)) <= MOST_CONFIG_HELP
