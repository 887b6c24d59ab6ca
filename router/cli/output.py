"""What a command prints: JSON for programs, and a picture of what it shows to people."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 120


def print_json(value: object) -> None:
    """Print a value as JSON, indented."""
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")
    sys.stdout.buffer.flush()


def picture_console(svg: Path | None) -> "Console":
    """The terminal, or one of a fixed width that remembers what it showed; OSError where no picture can be."""
    # Not before: most commands that print JSON draw nothing.
    from rich.console import Console

    from router.cli.responsive_table import output_console

    if svg is None:
        return output_console()
    _look_for(svg)
    return Console(highlight=False, record=True, width=WIDTH, force_terminal=True, color_system="truecolor")


def save_picture(console: "Console", svg: Path | None, title: str) -> None:
    """Write the picture, if one was asked for."""
    if svg is not None:
        from rich.terminal_theme import MONOKAI

        console.save_svg(str(svg), title=title, theme=MONOKAI)


def _look_for(svg: Path) -> None:
    """Raise OSError where the folder of a file is missing, or is none, before a minute of work is lost to it."""
    try:
        svg.stat()
    except FileNotFoundError:
        svg.absolute().parent.stat()
