"""Sheets of figures as Markdown, LaTeX or CSV.

Invariant: no cell is lost or cut; what has a meaning in the format is escaped.
"""

import csv
import io
from collections.abc import Callable, Sequence
from typing import Literal, get_args

from router.bench.routing.records.sheets import Sheet

Format = Literal["md", "latex", "csv"]
FORMATS = get_args(Format)
_LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def formatted(sheets: Sequence[Sheet], kind: Format) -> str:
    """All sheets, one after another."""
    return "\n".join(_FORMATS[kind](sheet) for sheet in sheets)


def _markdown(sheet: Sheet) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    rule = [":--" if place < sheet.left else "--:" for place in range(len(sheet.heads))]
    rows = [line(sheet.heads), line(rule), *(line(row) for row in sheet.rows)]
    return "\n".join([f"**{sheet.title}**", "", *rows, "", *(f"{note}\n" for note in sheet.notes)])


def _latex(sheet: Sheet) -> str:
    def line(cells: Sequence[str]) -> str:
        return " & ".join(_escaped(cell) for cell in cells) + r" \\"

    sides = "".join("l" if place < sheet.left else "r" for place in range(len(sheet.heads)))
    caption = " ".join([sheet.title + ".", *sheet.notes])
    return "\n".join(
        [
            r"\begin{table}",
            rf"\caption{{{_escaped(caption)}}}",
            rf"\begin{{tabular}}{{{sides}}}",
            r"\toprule",
            line(sheet.heads),
            r"\midrule",
            *(line(row) for row in sheet.rows),
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def _escaped(text: str) -> str:
    return "".join(_LATEX.get(letter, letter) for letter in text)


def _csv(sheet: Sheet) -> str:
    """The title in a column of its own, so that several sheets can stand in one file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["table", *sheet.heads])
    writer.writerows([sheet.title, *row] for row in sheet.rows)
    return text.getvalue()


_FORMATS: dict[Format, Callable[[Sheet], str]] = {"md": _markdown, "latex": _latex, "csv": _csv}
