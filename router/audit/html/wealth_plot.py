"""The wealth of an audit over its calls, against the line that decides, as SVG on a logarithmic scale."""

from collections.abc import Sequence
from math import floor, log, log10

from router.policy.replay.report.number_format import MINUS
from router.policy.replay.report.shift_plot import ticks

WIDTH, HEIGHT = 960, 340
LEFT, RIGHT, TOP, BOTTOM = 74, 944, 24, 298
# Points beyond which neighbours are left out: no eye could part them.
MOST_POINTS = 900
# A wealth that fell further than this is drawn at the bottom; far above the line it is cut, too.
LEAST, MOST = -3.0, 9.0


def wealth_plot(wealth: Sequence[float], alpha: float) -> str:
    """The plot of logarithms of the wealth after each round; nothing where there is none."""
    if not wealth:
        return ""
    decided = -log10(alpha)
    logs = [0.0, *(value / log(10) for value in wealth)]
    low = max(LEAST, min(-1.0, floor(min(logs))))
    high = min(MOST, max(decided + 0.6, max(logs) + 0.3))

    def x(place: float) -> float:
        return LEFT + (RIGHT - LEFT) * place / max(1, len(wealth))

    def y(value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * (min(high, max(low, value)) - low) / (high - low)

    step = max(1, len(logs) // MOST_POINTS)
    places = [*range(0, len(logs), step), len(logs) - 1]
    line = " ".join(f"{x(place):.1f},{y(logs[place]):.1f}" for place in places)
    rows = "".join(_row(power, y(power)) for power in range(int(low), floor(high) + 1))
    columns = "".join(_column(int(round_), x(round_)) for round_ in ticks(0, len(wealth)) if round_ == int(round_))
    decides = f"1/α = {1 / alpha:g}: another model answers"
    label = f"Wealth after each of {len(wealth)} rounds; it ends at {1 / alpha:g}"
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{rows}{columns}'
        f'<line class="decides" x1="{LEFT}" x2="{RIGHT}" y1="{y(decided):.1f}" y2="{y(decided):.1f}"/>'
        f'<text class="decides" x="{LEFT + 6}" y="{y(decided) - 7:.1f}">{decides}</text>'
        f'<polyline class="wealth" points="{line}"/>'
        f'<circle class="point" cx="{x(len(wealth)):.1f}" cy="{y(logs[-1]):.1f}" r="4"/>'
        f'<text class="head" x="{RIGHT}" y="{HEIGHT - 6}" text-anchor="end">calls to the audited endpoint</text></svg>'
    )


def _row(power: int, y: float) -> str:
    words = f"{10**power:,}" if power >= 0 else f"10<tspan dy='-5' font-size='10'>{MINUS}{-power}</tspan>"
    return (
        f'<line class="grid" x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="tick" x="{LEFT - 10}" y="{y + 4:.1f}" text-anchor="end">{words}</text>'
    )


def _column(place: int, x: float) -> str:
    return f'<text class="tick" x="{x:.1f}" y="{BOTTOM + 18}" text-anchor="middle">{place:,}</text>'
