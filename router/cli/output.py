"""What a command shows, saved as a picture."""

from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from router.cli.responsive_table import output_console

WIDTH = 120


def picture_console(svg: Path | None) -> Console:
    """The terminal, or one of a fixed width that remembers what it showed."""
    if svg is None:
        return output_console()
    return Console(highlight=False, record=True, width=WIDTH, force_terminal=True, color_system="truecolor")


def save_picture(console: Console, svg: Path | None, title: str) -> None:
    """Write the picture, if one was asked for."""
    if svg is not None:
        console.save_svg(str(svg), title=title, theme=MONOKAI)
