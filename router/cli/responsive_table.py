"""Tables that keep every figure whole, however narrow the terminal.

Invariant: no cell is ever cut. Where a table is too wide, details leave first and are named below it; then columns go
below, as further blocks with the first column again, or under its cell where that is long; only prose wraps.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType
from rich.padding import Padding
from rich.styled import Styled
from rich.table import Table
from rich.text import Text

from router.cli.table_layout import Extent, Layout, lay_out, widths

# Columns of what is no terminal: a pipe or a file has room for every column, and a line is easier to search than two.
PIPE_WIDTH = 200
# A word of prose that is longer may be broken.
LONGEST_WORD = 32
INDENT = 2


def output_console() -> Console:
    """Standard output: as wide as the terminal or COLUMNS says, and wide where neither says anything."""
    wide = not sys.stdout.isatty() and not os.environ.get("COLUMNS", "").isdigit()
    return Console(highlight=False, width=PIPE_WIDTH if wide else None)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: figures stand right; a detail leaves where there is no room; prose may wrap."""

    name: str
    right: bool = False
    detail: bool = False
    prose: bool = False


def columns(*names: str, left: Sequence[int] = (0,), details: Sequence[int] = ()) -> tuple[Column, ...]:
    """Columns of figures, but for those that stand left."""
    return tuple(Column(name, place not in left, place in details) for place, name in enumerate(names))


class ResponsiveTable:
    """Rows under columns, of which the first names the row. Strings are shown as they are, without markup.

    `edge` is the space on either side of the table.
    """

    def __init__(self, *heads: Column, edge: int = 1) -> None:
        self.heads = heads
        self._edge = edge
        self._rows: list[tuple[tuple[Text, ...], str]] = []
        self._notes: list[str] = []

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    def add_row(self, *cells: str | Text, style: str = "") -> None:
        """Add a row; cells that are not given are empty."""
        texts = [Text(cell) if isinstance(cell, str) else cell for cell in cells]
        self._rows.append(((*texts, *(Text() for _ in self.heads[len(texts) :])), style))

    def add_note(self, note: str) -> None:
        """Add a line that stands below the rows."""
        self._notes.append(note)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Lay the columns out for the width that there is."""
        room = options.max_width - 2 * self._edge
        extents = [self._extent(place, console, options) for place in range(len(self.heads))]
        layout = lay_out(extents, [head.detail for head in self.heads], room, INDENT)
        parts = self._stacked(layout, extents, room) if layout.stacked else self._blocks(layout, extents, room)
        for part in parts:
            yield Padding(part, (0, self._edge), expand=False)
        for note in (*self._notes, *self._left_out(layout)):
            yield Padding(Text(note, "dim"), (0, self._edge), expand=False)

    def _extent(self, place: int, console: Console, options: ConsoleOptions) -> Extent:
        texts = [Text(self.heads[place].name), *(cells[place] for cells, _ in self._rows)]
        measures = [text.__rich_measure__(console, options) for text in texts]
        natural = max(measure.maximum for measure in measures)
        least = min(natural, max(LONGEST_WORD // 2, *(min(measure.minimum, LONGEST_WORD) for measure in measures)))
        return Extent(least if self.heads[place].prose else natural, natural)

    def _blocks(self, layout: Layout, extents: Sequence[Extent], room: int) -> Iterator[RenderableType]:
        """The table, or parts of it below one another, each with the first column."""
        for number, block in enumerate(layout.blocks):
            places = (0, *block)
            table = self._part(places, widths([extents[place] for place in places], room))
            for cells, style in self._rows:
                table.add_row(*(cells[place] for place in places), style=style)
            yield Padding(table, (1 if number else 0, 0, 0, 0), expand=False)

    def _stacked(self, layout: Layout, extents: Sequence[Extent], room: int) -> Iterator[RenderableType]:
        """Each row's first cell in a line of its own, and the others in lines under it."""
        sizes = [widths([extents[place] for place in block], room - INDENT) for block in layout.blocks]
        if any(head.name for head in self.heads):
            yield Text(self.heads[0].name, "dim", overflow="fold")
            for block, size in zip(layout.blocks, sizes, strict=True):
                yield Padding(self._part(block, size), (0, 0, 0, INDENT), expand=False)
        for cells, style in self._rows:
            yield Styled(_folded(cells[0]), style)
            for block, size in zip(layout.blocks, sizes, strict=True):
                if any(cells[place].plain for place in block):
                    line = self._part(block, size, headed=False)
                    line.add_row(*(cells[place] for place in block), style=style)
                    yield Padding(line, (0, 0, 0, INDENT), expand=False)

    def _part(self, places: Sequence[int], sizes: Sequence[int], *, headed: bool = True) -> Table:
        headed = headed and any(self.heads[place].name for place in places)
        table = Table(box=None, pad_edge=False, header_style="dim", show_header=headed)
        for place, size in zip(places, sizes, strict=True):
            head = self.heads[place]
            table.add_column(
                Text(head.name),
                width=size,
                justify="right" if head.right else "left",
                no_wrap=not head.prose,
                overflow="fold",
            )
        return table

    def _left_out(self, layout: Layout) -> Iterator[str]:
        if layout.left_out:
            names = ", ".join(dict.fromkeys(self.heads[place].name for place in layout.left_out))
            yield f"(no room for: {names}; --json or a wider terminal shows it)"


def labelled(label: str, text: str | Text, width: int) -> Table:
    """A word and what stands beside it, whose further lines begin below its first. Strings are markup."""
    line = Table.grid(padding=(0, 1, 0, 0))
    line.add_column(width=width - 1, no_wrap=True)
    line.add_column(overflow="fold")
    line.add_row(Text(label, "bold"), text)
    return line


def _folded(text: Text) -> Text:
    whole = text.copy()
    whole.overflow = "fold"
    return whole
