"""Tables that fold instead of cutting, whatever stands in them."""

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from router.cli.responsive_table import Column, ResponsiveTable, columns, labelled

FIGURES = st.decimals(-(10**9), 10**9, places=6).map(lambda value: f"${value:,}")
NAMES = st.text(st.sampled_from("abc-4모델"), min_size=1, max_size=25)
ROWS = st.integers(1, 9).flatmap(
    lambda size: st.lists(st.tuples(NAMES, st.lists(FIGURES, min_size=size, max_size=size)), min_size=1, max_size=5)
)
KOREAN = "개인정보가 담긴 문서는 국내에서만 처리하고 번역업무는현지화팀이맡으며모든변경은기록에남긴다"


def lines_of(table: object, width: int) -> list[str]:
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(table)
    return [line.rstrip() for line in console.export_text().splitlines()]


@given(ROWS, st.integers(60, 200))
def test_every_figure_and_name_stands_whole_and_in_order(rows: list[tuple[str, list[str]]], width: int) -> None:
    table = ResponsiveTable(*columns("name", *(f"figure {place}" for place in range(len(rows[0][1])))))
    for name, figures in rows:
        table.add_row(name, *figures)
    lines = lines_of(table, width)
    assert max(map(cell_len, lines)) <= width
    shown = [word for line in lines for word in line.split() if word.startswith("$")]
    assert sorted(shown) == sorted(figure for _, figures in rows for figure in figures)
    assert all(any(name in line for line in lines) for name, _ in rows)


def test_details_leave_first_the_last_before_the_others_and_are_named() -> None:
    table = ResponsiveTable(*columns("a", "first", "kept", "second", details=(1, 3)))
    table.add_row("x" * 10, "1" * 10, "2" * 10, "3" * 10)
    table.add_note("a note")
    assert len(lines_of(table, 60)) == 3
    medium, narrow = lines_of(table, 40), lines_of(table, 30)
    assert medium[2:] == [" a note", " (no room for: second; --json or a", " wider terminal shows it)"]
    assert "first, second;" in " ".join(narrow).replace("  ", " ")
    assert "2" * 10 in narrow[1]


def test_under_a_long_name_the_figures_stand_in_lines_of_their_own() -> None:
    table = ResponsiveTable(*columns("model", "cost", "saved"), edge=0)
    name = "a-model-with-a-name-that-takes-nearly-all-of-the-line"
    table.add_row(name, "$1,234.567890", "12.3 %")
    table.add_row("only a name")
    lines = lines_of(table, 60)
    assert lines == ["model", "           cost   saved", name, "  $1,234.567890  12.3 %", "only a name"]
    headless = ResponsiveTable(*columns("", ""), edge=0)
    headless.add_row(name, "$1,234.567890")
    assert lines_of(headless, 60) == [name, "  $1,234.567890"]


def test_blocks_are_even_and_apart() -> None:
    table = ResponsiveTable(*columns("k", "a", "b", "c", "d"), edge=0)
    table.add_row("key", *("9" * 14 for _ in range(4)))
    lines = lines_of(table, 55)
    assert [line.split() for line in lines] == [
        ["k", "a", "b"],
        ["key", "9" * 14, "9" * 14],
        [],
        ["k", "c", "d"],
        ["key", "9" * 14, "9" * 14],
    ]


@given(st.integers(30, 120))
def test_korean_prose_wraps_by_its_width_and_loses_nothing(width: int) -> None:
    table = ResponsiveTable(Column("key"), Column("grants", prose=True), edge=0)
    table.add_row("열쇠", KOREAN)
    lines = lines_of(table, width)
    assert max(map(cell_len, lines)) <= width
    shown = "".join("".join(lines).split()).removeprefix("keygrants열쇠")
    assert shown == KOREAN.replace(" ", "")


def test_markup_in_a_name_is_text_and_styled_text_stays() -> None:
    table = ResponsiveTable(*columns("a", "b"), edge=0)
    table.add_row("[red]x[/]", Text("y", "bold"))
    assert lines_of(table, 60)[1] == "[red]x[/]  y"
    assert table.row_count == 1


def test_a_labelled_sentence_goes_on_below_its_beginning() -> None:
    lines = lines_of(labelled("Why", "one two three four five", 9), 24)
    assert lines == ["Why      one two three", "         four five"]
