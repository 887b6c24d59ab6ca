"""What changes for each task or key: its flips as a bar, its cost and quality as points with their intervals.

Invariant: rows share one scale, on which nothing stands in the same place; what has no interval shows its point alone.
"""

from collections.abc import Callable, Sequence
from html import escape
from math import ceil, floor, isfinite, log10
from typing import NamedTuple

from router.policy.replay.intervals import Estimate
from router.policy.replay.report.number_format import part, points, share, short, tick, within
from router.policy.replay.result import Shift

WIDTH, ROW, TOP = 960, 26, 40
NAMES, FLIPS, FLIPS_WIDE = 150, 166, 110


class Panel(NamedTuple):
    """A column of intervals: what it shows, how it is said, and where it stands."""

    title: str
    of: Callable[[Shift], Estimate]
    say: Callable[[float], str]
    left: int
    right: int

    def ends(self, shifts: Sequence[Shift]) -> tuple[float, float]:
        """The least and the most that is shown; 0 always is."""
        shown = [v for shift in shifts for v in (self.of(shift).value, self.of(shift).low, self.of(shift).high)]
        known = [value for value in shown if value is not None and isfinite(value)]
        least, most = min(0.0, *known), max(0.0, *known)
        return (least, most) if most > least else (-1.0, 1.0)


PANELS = (
    Panel("cost, %", lambda shift: shift.cost, share, 396, 556),
    Panel("predicted quality, points", lambda shift: shift.quality, points, 716, 876),
)


def shift_plot(shifts: Sequence[Shift]) -> str:
    """The plot, or nothing where there are no rows."""
    if not shifts:
        return ""
    rows = "".join(_row(shift, TOP + place * ROW) for place, shift in enumerate(shifts))
    panels = "".join(_panel(panel, shifts) for panel in PANELS)
    heads = f'<text class="head" x="{FLIPS}" y="14">flips</text>'
    height = TOP + len(shifts) * ROW + 12
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="Changes by group">{heads}{rows}{panels}</svg>'


def _row(shift: Shift, y: int) -> str:
    wide = FLIPS_WIDE * shift.flips / max(1, shift.requests)
    flips = escape(part(shift.flips, shift.requests))
    title = f"<title>{escape(f'{shift.name}: {shift.flips:,} of {shift.requests:,} requests flip')}</title>"
    return (
        f'<text x="{NAMES}" y="{y + 4}" text-anchor="end">{escape(short(shift.name, 22))}{title}</text>'
        f'<rect class="track" x="{FLIPS}" y="{y - 5}" width="{FLIPS_WIDE}" height="10" rx="2"/>'
        f'<rect class="flips" x="{FLIPS}" y="{y - 5}" width="{wide:.1f}" height="10" rx="2"/>'
        f'<text class="count" x="{FLIPS + FLIPS_WIDE + 8}" y="{y + 4}">{flips}</text>'
    )


def _panel(panel: Panel, shifts: Sequence[Shift]) -> str:
    least, most = panel.ends(shifts)

    def at(value: float) -> float:
        return panel.left + (panel.right - panel.left) * (min(most, value) - least) / (most - least)

    bottom = TOP + len(shifts) * ROW - ROW // 2
    grid = "".join(_tick(at(value), tick(value), bottom, zero=value == 0) for value in ticks(least, most))
    rows = [_whisker(panel, shift, at, TOP + place * ROW) for place, shift in enumerate(shifts)]
    return f'<text class="head" x="{panel.left}" y="14">{panel.title}</text>{grid}{"".join(rows)}'


def ticks(least: float, most: float) -> list[float]:
    """Three to six round numbers between two ends, of which one is 0."""
    rough = (most - least) / 5
    power = 10 ** floor(log10(rough))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough)
    return [place * step for place in range(ceil(least / step), floor(most / step) + 1)]


def _tick(x: float, label: str, bottom: int, *, zero: bool) -> str:
    return (
        f'<line class="{"zero" if zero else "grid"}" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 14}" y2="{bottom}"/>'
        f'<text class="tick" x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{label}</text>'
    )


def _whisker(panel: Panel, shift: Shift, at: Callable[[float], float], y: int) -> str:
    estimate = panel.of(shift)
    title = f"{shift.name}: {panel.say(estimate.value)} ({within(estimate, panel.say)})"
    line = ""
    if estimate.low is not None and estimate.high is not None:
        line = f'<line class="whisker" x1="{at(estimate.low):.1f}" x2="{at(estimate.high):.1f}" y1="{y}" y2="{y}"/>'
    return (
        f'<g><title>{escape(title)}</title>{line}<circle class="point" cx="{at(estimate.value):.1f}" cy="{y}" r="3.5"/>'
        f'<text class="count" x="{panel.right + 12}" y="{y + 4}">{panel.say(estimate.value)}</text></g>'
    )
