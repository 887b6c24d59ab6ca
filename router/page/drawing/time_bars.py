"""The course of a range of time as stacked bars, a colour for each group.

Invariant: bars are as tall as their requests are many, the same group stands at the same height of the stack in each,
and every bar has a title with its figures.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from markupsafe import Markup

from router.page.drawing.svg import element, picture, round_ticks, title, words
from router.page.number_words import count

WIDTH, TALL, TOP, LEFT, FOOT = 1080, 200, 14, 54, 30
_DAY = 86_400
_HOURS = (1, 2, 3, 6, 12)


class Course(NamedTuple):
    """What happened from `begin` to `end`, in steps of seconds: the count of each group, by the time of its step."""

    begin: datetime
    end: datetime
    step_s: int
    points: Mapping[datetime, Mapping[str, int]]


class Group(NamedTuple):
    """A part of the stack: its key, what it is called, and the class of its colour."""

    key: str
    name: str
    colour: str


def time_bars(course: Course, groups: Sequence[Group], zone: ZoneInfo, label: str) -> Markup:
    """The drawing."""
    tallest = max((sum(point.values()) for point in course.points.values()), default=0) or 1
    ticks = round_ticks(0, tallest, 3)
    most = max(tallest, ticks[-1])
    grid = [_level(value, most) for value in ticks if value == int(value)]
    bars = [_bar(course, at, point, groups, most, zone) for at, point in sorted(course.points.items())]
    times = [_time(course, at, zone) for at in _ticks(course, zone)]
    return picture(WIDTH, TOP + TALL + FOOT, label, *grid, *times, *bars, class_="bars")


def _x(course: Course, at: datetime) -> float:
    whole = (course.end - course.begin).total_seconds()
    return LEFT + (WIDTH - LEFT) * (at - course.begin).total_seconds() / whole


def _level(value: float, most: float) -> str:
    y = TOP + TALL * (1 - value / most)
    line = element("line", class_="zero" if value == 0 else "grid", x1=LEFT, x2=WIDTH, y1=y, y2=y)
    return line + words(count(value), LEFT - 10, y + 4, "tick", "end")


def _bar(
    course: Course, at: datetime, point: Mapping[str, int], groups: Sequence[Group], most: float, zone: ZoneInfo
) -> str:
    left, right = _x(course, at), _x(course, at + timedelta(seconds=course.step_s))
    wide = max(1.0, right - left - min(2.0, (right - left) * 0.2))
    parts, bottom = [], float(TOP + TALL)
    when = at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    said = ", ".join(f"{group.name} {count(point[group.key])}" for group in groups if point.get(group.key))
    for group in groups:
        if number := point.get(group.key):
            tall = TALL * number / most
            bottom -= tall
            parts.append(element("rect", class_=group.colour, x=left, y=bottom, width=wide, height=max(tall, 0.5)))
    return element("g", title(f"{when}: {said}"), *parts)


def _ticks(course: Course, zone: ZoneInfo) -> list[datetime]:
    """Whole hours or days of the reader's zone, six to ten of them."""
    seconds = (course.end - course.begin).total_seconds()
    first = course.begin.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    if seconds <= 3 * 3600:
        step = timedelta(minutes=10 if seconds <= 4000 else 30)
    elif seconds <= 3 * _DAY:
        step = timedelta(hours=next((h for h in _HOURS if seconds / 3600 / h <= 10), 12))
    else:
        step = timedelta(days=max(1, round(seconds / _DAY / 8)))
    if step >= timedelta(hours=1):
        first = first.replace(hour=0)
    ticks, at = [], first
    while at <= course.end:
        if at >= course.begin:
            ticks.append(at)
        at += step
    return ticks


def _time(course: Course, at: datetime, zone: ZoneInfo) -> str:
    x = _x(course, at)
    local = at.astimezone(zone)
    midnight = local.hour == 0 and local.minute == 0
    said = local.strftime("%m-%d" if midnight else "%H:%M")
    anchor = "start" if x < LEFT + 20 else "end" if x > WIDTH - 20 else "middle"
    mark = element("line", class_="grid", x1=x, x2=x, y1=TOP + TALL, y2=TOP + TALL + 5)
    return mark + words(said, x, TOP + TALL + 20, "tick", anchor)
