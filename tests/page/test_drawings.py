"""Drawings are sound, escaped, and as large as what they show."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.page.drawing.ability_strip import ability_strip
from router.page.drawing.arm_differences import Differs, arm_differences
from router.page.drawing.fall_bars import Kept, kept_bars, steps_of, waterfall
from router.page.drawing.parts_bar import WIDTH, Part, parts_bar
from router.page.drawing.plane import Dot, plane
from router.page.drawing.ramp_pictures import Moved, evidence, share_bar, share_course
from router.page.drawing.svg import colour, decades, in_order, round_ticks
from router.page.drawing.time_bars import TALL, Course, Group, time_bars
from router.page.views.candidate_view import coloured
from router.page.views.candidate_view import tone as tone_of

HOSTILE = "\"/><script>alert('x')</script>&{{"
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SEOUL = ZoneInfo("Asia/Seoul")


def parsed(markup: str) -> ElementTree.Element:
    root = ElementTree.fromstring(markup)
    assert root.tag == "svg"
    assert root.attrib["aria-label"]
    assert [each for each in root.iter() if "style" in each.attrib or each.tag == "script"] == []
    return root


def rects(root: ElementTree.Element, class_: str) -> list[ElementTree.Element]:
    return [each for each in root.iter("rect") if each.attrib.get("class") == class_]


def test_bars_of_time_are_as_tall_as_their_requests_are_many() -> None:
    points = {NOW: {"a": 30, "b": 10}, NOW + timedelta(minutes=10): {"a": 20}}
    course = Course(NOW, NOW + timedelta(hours=1), 600, points)
    root = parsed(time_bars(course, [Group("a", HOSTILE, "c0"), Group("b", "B", "c1")], SEOUL, HOSTILE))
    tall = [float(each.attrib["height"]) for each in rects(root, "c0")]
    assert tall[0] / tall[1] == pytest.approx(1.5, rel=0.01)
    assert tall[0] + float(rects(root, "c1")[0].attrib["height"]) <= TALL
    assert "21:00" in "".join(root.itertext())


@pytest.mark.parametrize("hours", [1, 2, 24, 48, 24 * 30, 24 * 365])
def test_times_are_marked_at_any_length(hours: int) -> None:
    course = Course(NOW - timedelta(hours=hours), NOW, 60, {})
    root = parsed(time_bars(course, [], SEOUL, "nothing"))
    marks = [each for each in root.iter("text") if each.attrib.get("class") == "tick"]
    assert 3 <= len(marks) <= 20


@given(st.lists(st.tuples(st.floats(1e-6, 1e4), st.floats(0.01, 0.999)), min_size=1, max_size=30))
def test_every_dot_stands_on_the_plane(values: list[tuple[float, float]]) -> None:
    dots = [Dot(f"m{n}", "c0", cost, quality, hollow=n % 2 == 0) for n, (cost, quality) in enumerate(values)]
    dots.append(Dot(HOSTILE, "own", *values[0], own=True))
    root = parsed(plane(dots, "plane", "x", "y"))
    circles = list(root.iter("circle"))
    assert len(circles) == len(dots) + 1
    assert all(0 <= float(each.attrib["cx"]) <= 1080 and 0 <= float(each.attrib["cy"]) <= 340 for each in circles)


def test_a_winner_has_a_ring() -> None:
    root = parsed(plane([Dot("a", "c0", 1, 0.5, winner=True), Dot("b", "c1", 2, 0.6)], "plane", "x", "y"))
    assert [each.attrib["class"] for each in root.iter("circle")].count("ring") == 1


def test_parts_fill_the_bar() -> None:
    root = parsed(parts_bar([Part(HOSTILE, 3, "c0"), Part("b", 1, "c1")], "parts"))
    left, right = rects(root, "c0")[0], rects(root, "c1")[0]
    assert float(left.attrib["width"]) / float(right.attrib["width"]) == pytest.approx(3, rel=0.01)
    assert float(right.attrib["x"]) == WIDTH * 0.75
    assert len(parsed(parts_bar([], "nothing"))) == 0


SIDE = {
    "list_value_usd": "10",
    "discount_usd": "1",
    "passed_on_usd": "0",
    "revenue_usd": "9",
    "inference_usd": "4",
    "share_usd": "0",
    "gross_margin_usd": "5",
    "platform_cost_usd": "0.5",
    "contribution_usd": "4.5",
}


def test_a_waterfall_ends_where_the_report_does() -> None:
    steps = steps_of(SIDE)
    levels = {step.line: step.end for step in steps if step.total}
    assert {f"{line}_usd": f"{level:g}" for line, level in levels.items()}.items() <= SIDE.items()
    names = {step.line: HOSTILE for step in steps}
    root = parsed(waterfall(steps, 10, names, {"inference"}, "fall"))
    assert len(rects(root, "hatched")) == 1
    assert len(rects(root, "fill-worse")) == 3


def test_what_was_kept_goes_right_and_what_was_lost_left() -> None:
    parts = [Kept("a", 2.0, 1.0, 3.0), Kept("b", -1.0, None, None), Kept("sum", 1.0, 0.5, 1.5, whole=True)]
    root = parsed(kept_bars(parts, "kept"))
    gain, loss = rects(root, "fill-better")[0], rects(root, "fill-worse")[0]
    assert float(loss.attrib["x"]) + float(loss.attrib["width"]) == pytest.approx(float(gain.attrib["x"]), abs=0.1)
    assert rects(parsed(kept_bars([Kept("a", 0.0, None, None)], "nothing")), "fill-better")


def test_abilities_stand_on_one_scale_and_gaps_show() -> None:
    tasks = ["chat", "math", "law"]
    names = dict.fromkeys(tasks, HOSTILE)
    root = parsed(ability_strip({"chat": 3.0, "math": -1.0}, tasks, (-1, 3), "c1", names))
    high, low = (float(each.attrib["height"]) for each in rects(root, "c1"))
    assert high > low
    assert len(rects(root, "track")) == 1


def test_a_share_shows_its_holdback() -> None:
    root = parsed(share_bar(0.25, 0.1, "share", wide=100))
    assert float(rects(root, "fill-accent")[0].attrib["width"]) == 25
    assert float(rects(root, "held")[0].attrib["x"]) == 90


def test_the_course_of_a_share_has_a_dot_for_each_move() -> None:
    moves = [Moved(NOW, 0.0, HOSTILE), Moved(NOW + timedelta(hours=1), 0.25, "step")]
    root = parsed(share_course(moves, NOW + timedelta(hours=2), SEOUL, "course"))
    assert len(list(root.iter("circle"))) == 2


@pytest.mark.parametrize("wealth", [0.0, 1e-12, 1.0, 19.0, 1e9])
def test_evidence_holds_any_wealth(wealth: float) -> None:
    task = {"pairs": 12, "mean": -0.01, "low": -0.05, "high": 0.03, "threshold": 20.0}
    tasks = {HOSTILE: {**task, "promote_wealth": wealth, "harm_wealth": 1.0}}
    root = parsed(evidence(tasks, {}, ("wealth", "difference"), "evidence"))
    assert all(0 <= float(each.attrib["x"]) <= 640 for each in rects(root, "fill-better"))


def test_owners_have_one_colour_everywhere() -> None:
    owners = in_order(["Zeta", "Meta", "OpenAI", "Alpha", "Microsoft", ""])
    assert owners == ["OpenAI", "Microsoft", "Meta", "Alpha", "Zeta", ""]
    assert [colour(owner, owners) for owner in owners] == ["c1", "c0", "c2", "c3", "c4", "nobody"]
    assert colour("unheard", owners) == "c5"


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_ticks_are_few_and_within(least: float, wide: float) -> None:
    ticks = round_ticks(least, least + wide, 4)
    assert 1 <= len(ticks) <= 8 or wide < 1e-6
    assert all(least - wide * 0.01 - 1e-9 <= tick <= least + wide * 1.01 + 1e-9 for tick in ticks)


def test_decades_are_round() -> None:
    assert decades(0.04, 0.6) == [0.05, 0.1, 0.2, 0.5]
    assert decades(1e-4, 100) == pytest.approx([1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100])


ENDS = st.one_of(st.none(), st.floats(-3, 3))


@given(st.lists(st.tuples(st.floats(-3, 3), ENDS, ENDS), max_size=5))
def test_differences_of_arms_stay_in_their_picture(rows: list[tuple[float, float | None, float | None]]) -> None:
    differs = [Differs(HOSTILE, part, low, high) for part, low, high in rows]
    root = parsed(arm_differences(differs, HOSTILE))
    dots = [float(each.attrib["cx"]) for each in root.iter("circle")]
    assert len(dots) == len(rows)
    assert all(300 <= at <= 900 for at in dots)


@pytest.mark.parametrize(
    ("low", "high", "tone"), [(-0.3, -0.1, "better"), (0.1, 0.3, "worse"), (-0.1, 0.1, ""), (None, None, "")]
)
def test_a_difference_that_may_be_none_has_no_verdict(low: float | None, high: float | None, tone: str) -> None:
    assert Differs("x", 0.0, low, high).tone == tone


def test_a_replay_drawing_takes_the_colours_and_words_of_the_page() -> None:
    drawn = '<svg><path class="flip c0"/><rect class="c1"/><text class="head">flips</text></svg>'
    assert 'class="flip c1"' in (own := coloured(drawn, ["OpenAI", "Microsoft"]))
    assert 'class="c0"' in own
    assert "c0" not in coloured('<path class="c5"/>', [])


@pytest.mark.parametrize(
    ("interval", "better", "tone"), [([-2, -1], -1, "better"), ([-2, -1], 1, "worse"), ([-1, 1], 1, ""), (None, 1, "")]
)
def test_a_change_is_better_or_worse_only_where_its_interval_says_so(
    interval: list[float] | None, better: int, tone: str
) -> None:
    assert tone_of(interval, better) == tone
