"""The help of every command on a terminal of 80 columns: whole words, and nothing after a flag."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from cli.running import COMMANDS, Shown, fungible

Words = tuple[str, ...]
MOST_CONFIG_HELP = 80


def commands(group: Any, *names: str) -> list[Words]:
    inner = [commands(command, *names, name) for name, command in getattr(group, "commands", {}).items()]
    return [names, *(path for paths in inner for path in paths)]


ROOT: Any = COMMANDS
EVERY = commands(ROOT)


def options_of(path: Words) -> list[Any]:
    command = ROOT
    for name in path:
        command = command.commands[name]
    return list(command.params)


@pytest.fixture(scope="module")
def help_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Words], Shown]:
    """What the help of a command shows, asked for once."""
    folder = tmp_path_factory.mktemp("help")
    return cache(lambda path: fungible(folder, *path, "--help", columns="80"))


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_it_is_whole_at_80_columns(help_of: Callable[[Words], Shown], path: Words) -> None:
    shown = help_of(path)
    assert shown.returncode == 0
    assert max(map(len, shown.stdout.splitlines())) <= 80
    assert "<bool>" not in shown.stdout
    # `chatcmpl-…` stands there on purpose; a word that was cut ends its line so.
    assert not re.search(r"(?<!-|_)…", shown.stdout)


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_no_choice_is_broken(help_of: Callable[[Words], Shown], path: Words) -> None:
    words = set(re.findall(r"[\w-]+", help_of(path).stdout))
    for option in options_of(path):
        choices = getattr(getattr(option, "type_descriptor", None), "choices", None) or ()
        assert words.issuperset(choices), option.name


def test_the_help_of_the_configuration_is_short() -> None:
    texts = {o.help for path in EVERY for o in options_of(path) if "--config" in o.opts}
    assert texts
    assert max(map(len, texts)) <= MOST_CONFIG_HELP
