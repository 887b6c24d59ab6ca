"""Curves: every point within the drawing, gaps where nothing is known, words that lie on none other."""

import itertools
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from page.test_drawings import HOSTILE, parsed
from router.page.drawing.curves import Chart, Curve, Mark, Point, curves

POINTS = st.one_of(st.none(), st.tuples(st.floats(-1e6, 1e6), st.none(), st.none()), st.tuples(*[st.floats(0, 1)] * 3))


def drawn(chart: Chart) -> ElementTree.Element:
    return parsed(curves(chart, HOSTILE))


def ordered(point: Point | None) -> Point | None:
    if point is None or point[1] is None or point[2] is None:
        return point
    low, value, high = sorted((point[0], point[1], point[2]))
    return value, low, high


@given(st.lists(POINTS, min_size=1, max_size=40), st.lists(POINTS, min_size=40, max_size=40))
@settings(max_examples=40, deadline=None)
def test_every_point_lies_within(first: list[Point | None], second: list[Point | None]) -> None:
    places = [float(place) for place in range(len(first))]
    rows = [
        Curve(HOSTILE, [ordered(point) for point in first], 0),
        Curve("b", [ordered(point) for point in second[: len(first)]], 7),
    ]
    root = drawn(Chart(places, [f"{place:g}" for place in places], rows, (Mark(0, HOSTILE, "x"),), ceiling=1.0))
    _, _, wide, tall = map(float, root.attrib["viewBox"].split())
    circles = list(root.iter("circle"))
    assert len(circles) == sum(point is not None for row in rows for point in row.points)
    assert all(0 <= float(each.attrib["cx"]) <= wide and 0 <= float(each.attrib["cy"]) <= tall for each in circles)


def test_a_gap_is_left_where_nothing_is_known() -> None:
    row = Curve("a", [(1.0, 0.5, 1.5), (2.0, 1.5, 2.5), None, (3.0, None, None)], 0)
    root = drawn(Chart([0, 1, 2, 3], list("abcd"), [row]))
    paths = {each.attrib["class"]: each.attrib["d"] for each in root.iter("path")}
    assert paths["curve k0"].count("M") == 2
    assert paths["span k0"].count("M") == 1


def test_ends_and_marks_do_not_lie_on_each_other() -> None:
    rows = [Curve(str(kind), [(1.0, None, None)], kind) for kind in range(4)]
    marks = [Mark(0, "the first of two words", "x"), Mark(0, "the second", "y")]
    root = drawn(Chart([0], ["now"], rows, marks))
    heights = sorted(
        float(each.attrib["y"]) for each in root.iter("text") if each.attrib.get("class", "").startswith("end")
    )
    assert min(high - low for low, high in itertools.pairwise(heights)) >= 13
    assert len({each.attrib["y"] for each in root.iter("text") if each.attrib.get("class") == "mark-word"}) == 2


def test_a_share_never_ends_above_one() -> None:
    root = drawn(
        Chart(
            [0, 1],
            ["a", "b"],
            [Curve("a", [(0.97, 0.9, 0.99), (0.98, 0.95, 1.0)], 0)],
            write="{:.2f}".format,
            ceiling=1.0,
        )
    )
    ticks = [
        float(each.text or 0)
        for each in root.iter("text")
        if each.attrib.get("class") == "tick" and "." in (each.text or "")
    ]
    assert max(ticks) == 1
