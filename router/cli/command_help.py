"""Commands whose help says of an option what a person types: nothing after a flag, and choices that wrap between words.

Invariant: what is accepted stays as it is; only what stands beside an option's name is written anew.
"""

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command_name
from typer.models import CommandInfo

F = TypeVar("F", bound=Callable[..., Any])


class HelpfulCommand(TyperCommand):
    """A command with such a help."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Its parameters, as the help shows them."""
        return [_shown(param) for param in super().get_params(ctx)]


class HelpfulGroup(TyperGroup):
    """A group of commands with such a help."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Its own parameters, as the help shows them."""
        return [_shown(param) for param in super().get_params(ctx)]


class Commands(typer.Typer):
    """Commands, each with such a help."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{"cls": HelpfulGroup, **given})

    def command(self, name: str | None = None, **given: Any) -> Callable[[F], F]:
        """Register a function as a command."""
        return super().command(name, **{"cls": HelpfulCommand, **given})


def narrowed(app: Commands, word: str) -> Commands:
    """The same with only the command or group of that name; all of it, where there is none.

    Most of what typer does before a command runs is to look at the parameters of every other one.
    """
    groups = [group for group in app.registered_groups if group.name == word]
    commands = [command for command in app.registered_commands if _name_of(command) == word]
    if not groups and not commands:
        return app
    narrow = copy(app)
    narrow.registered_groups, narrow.registered_commands = groups, commands
    return narrow


def _name_of(command: CommandInfo) -> str:
    return command.name or get_command_name(command.callback.__name__ if command.callback else "")


def _shown(param: Any) -> Any:
    if param.metavar is None and param.param_type_name == "option":
        if getattr(param, "is_flag", False):
            param.metavar = ""
        elif choices := _choices(param):
            param.metavar = " | ".join(map(str, choices))
    return param


def _choices(param: Any) -> Sequence[Any]:
    """The words that an option takes; versions of typer differ in where they keep them."""
    kept = (getattr(getattr(param, place, None), "choices", None) for place in ("type_descriptor", "type"))
    return next((choices for choices in kept if choices), ())
