"""The cost-quality frontier as a picture for a paper, in SVG and PNG.

Invariant: both files show the same figure; what is mixed from two points is drawn as it mixes, linear in dollars; every
curve and model is named beside its mark, no name upon another; marks and lines differ in grey too.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from router.bench.plot_style import INK, QUIET, pyplot, styled
from router.bench.routing.compare_readers import Report
from router.bench.routing.frontier import Standing
from router.bench.routing.label_places import Label, spread_labels
from router.bench.routing.measures import Array, hull
from router.errors import ConfigError

ENDINGS = (".svg", ".png", ".pdf")
BETWEEN = 60
ANCHORS = 12
HULL = "hull of single models"
FAINT = "#6b727c"
Line = list[tuple[float, float]]
# Colours of Okabe and Ito (2008), which the colour-blind tell apart; in grey, dashes and marks do.
STYLES = (
    ("#0072B2", "-", "o"),
    ("#D55E00", (0, (5, 2)), "s"),
    ("#009E73", (0, (1, 1)), "^"),
    ("#CC79A7", (0, (5, 1, 1, 1)), "D"),
    ("#56B4E9", (0, (3, 1)), "v"),
)


def draw(reports: Sequence[Report], path: Path) -> None:
    """One panel a table that has costs, written to `path` as SVG and PNG, or as PDF; raises ConfigError without any."""
    plots = pyplot()
    shown = [report for report in reports if report.routers]
    if not shown:
        raise ConfigError(["there is no frontier to draw without costs: give --prices FILE, or --policy NAME"])
    with styled():
        figure, panels = plots.subplots(1, len(shown), figsize=(6.4 * len(shown), 4.6), squeeze=False)
        try:
            for report, panel in zip(shown, panels[0], strict=True):
                _panel(report, panel)
            figure.tight_layout()
            for ending in (".pdf",) if path.suffix == ".pdf" else (".svg", ".png"):
                more = {"metadata": {"Date": None}} if ending == ".svg" else {}
                figure.savefig(path.with_suffix(ending), dpi=200, **more)
        finally:
            plots.close(figure)


def _panel(report: Report, axes: Any) -> None:
    """All routers of a table: single models as marks, curves with their intervals, each named beside itself."""
    axes.set_xscale("log")
    labels: list[Label] = []
    lines: list[Line] = []
    hulls = [router for router in report.routers if router.name == HULL]
    curves = [router for router in report.routers if router.name not in (HULL, "random") and not _single(router)]
    for router in report.routers:
        if router.name == HULL:
            labels += _models(router, report.models, axes, lines)
        elif router.name == "random":
            labels.append(_mixture(router, axes, lines))
        elif router in curves:
            labels.append(_curve(router, STYLES[curves.index(router) % len(STYLES)], axes, lines))
        elif not router.name.startswith(("best single", "cheapest", *(["model "] if hulls else []))):
            labels.append(_point(router, axes, lines))
    _dress(report, axes)
    spread_labels(axes, labels, lines)


def _dress(report: Report, axes: Any) -> None:
    """Axes, grid and heading."""
    axes.set_xlabel(f"cost, USD per 1,000 prompts ({report.costs_from}; logarithmic)")
    axes.set_ylabel("mean score")
    name = Path(report.table).stem
    axes.set_title(f"{name}, {report.prompts:,} prompts; bars and bands are 95 % intervals", loc="left", fontsize=9)
    axes.xaxis.set_major_formatter(_dollars)
    axes.xaxis.set_minor_formatter(_minor_dollars)
    axes.tick_params(which="both", colors=INK, labelsize=8)
    axes.tick_params(axis="x", which="major", length=3.5, pad=3.5)
    axes.tick_params(axis="x", which="minor", length=2, pad=5)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.grid(alpha=0.2, linewidth=0.5)
    axes.margins(x=0.16, y=0.1)


def _single(router: Standing) -> bool:
    return len(router.costs) == 1


def _models(router: Standing, models: Sequence[str], axes: Any, lines: list[Line]) -> list[Label]:
    """Each model as a mark with its interval, and their hull as it mixes."""
    costs, quality = np.array(router.costs), np.array(router.quality)
    axes.errorbar(costs, quality, yerr=_bars(router), fmt="o", color=QUIET, markersize=4, elinewidth=0.8, zorder=2)
    mixed = _mixed(*hull(costs, quality))
    axes.plot(*mixed, color=QUIET, linestyle="--", linewidth=1, zorder=1)
    lines += [_line(*mixed), *_uprights(router)]
    named = zip(router.costs, router.quality, models, strict=True)
    marks = [Label(((cost, mean),), model.rsplit("/", 1)[-1], INK) for cost, mean, model in named]
    return [*marks, _beside(*mixed, HULL, FAINT)]


def _mixture(router: Standing, axes: Any, lines: list[Line]) -> Label:
    mixed = _mixed(np.array(router.costs), np.array(router.quality))
    axes.plot(*mixed, color=QUIET, linestyle=":", linewidth=1, zorder=1)
    lines.append(_line(*mixed))
    return _beside(*mixed, "random between cheapest and best", FAINT)


def _beside(costs: Array, quality: Array, text: str, colour: str) -> Label:
    """A name that may stand anywhere along a line but at its ends."""
    places = np.linspace(0, len(costs) - 1, ANCHORS + 2).astype(int)[1:-1]
    return Label(tuple((float(costs[at]), float(quality[at])) for at in places), text, colour)


def _curve(router: Standing, style: tuple[str, Any, str], axes: Any, lines: list[Line]) -> Label:
    """A curve with its band as it mixes between its points, and its name beside it."""
    colour, dashes, mark = style
    order = np.argsort(router.costs)
    costs, quality, low, high = (
        np.array(row)[order] for row in (router.costs, router.quality, router.low, router.high)
    )
    xs, ys = _mixed(costs, quality)
    axes.fill_between(xs, _mixed(costs, low)[1], _mixed(costs, high)[1], color=colour, alpha=0.1, linewidth=0)
    for end in (low, high):
        axes.plot(xs, _mixed(costs, end)[1], color=colour, linestyle=dashes, linewidth=0.5, alpha=0.7)
    axes.plot(xs, ys, color=colour, linestyle=dashes, linewidth=1.4, zorder=3)
    axes.plot(costs, quality, color=colour, linestyle="none", marker=mark, markersize=3.5, zorder=3)
    lines += [_line(xs, row) for row in (ys, _mixed(costs, low)[1], _mixed(costs, high)[1])]
    regime = f" ({router.regime})" if router.regime != "none" else ""
    return _beside(xs, ys, f"{router.name}{regime}", colour)


def _point(router: Standing, axes: Any, lines: list[Line]) -> Label:
    """A router of one point: a policy, recorded choices, or the oracle."""
    mark = "*" if router.name == "oracle" else "D"
    axes.errorbar(
        router.costs, router.quality, yerr=_bars(router), fmt=mark, color=INK, markersize=5.5, elinewidth=1, zorder=4
    )
    lines += _uprights(router)
    return Label(((router.costs[0], router.quality[0]),), router.name, INK)


def _line(costs: Array, quality: Array) -> Line:
    return list(zip(costs.tolist(), quality.tolist(), strict=True))


def _uprights(router: Standing) -> list[Line]:
    """The bars of the intervals, which no name may lie upon either."""
    rows = zip(router.costs, router.low, router.high, strict=True)
    return [[(cost, low), (cost, high)] for cost, low, high in rows]


def _bars(router: Standing) -> Array:
    quality, low, high = (np.array(row) for row in (router.quality, router.low, router.high))
    return np.stack([quality - low, high - quality])


def _mixed(costs: Array, quality: Array) -> tuple[Array, Array]:
    """Points between points: shares of the prompts go to either end, so both quality and dollars are linear in it."""
    order = np.argsort(costs, kind="stable")
    at = np.linspace(0, len(costs) - 1, BETWEEN * max(1, len(costs) - 1))
    places = np.arange(len(costs))
    return np.interp(at, places, costs[order]), np.interp(at, places, quality[order])


def _dollars(value: float, _: object = None) -> str:
    return f"{value:,.10f}".rstrip("0").rstrip(".")


def _minor_dollars(value: float, _: object = None) -> str:
    """Of the marks between powers of ten, 2 and 5 alone are named."""
    first = f"{value:e}"[0]
    return _dollars(value) if first in "25" and f"{value:.1e}"[2] == "0" else ""
