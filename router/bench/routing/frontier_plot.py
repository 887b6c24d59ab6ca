"""The cost-quality frontier as a picture, in SVG and PNG.

Invariant: both files show the same figure; every curve is named with its regime.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from router.bench.plot_style import pyplot
from router.bench.routing.compare_readers import Report
from router.bench.routing.measures import hull
from router.errors import ConfigError


def draw(reports: Sequence[Report], path: Path) -> None:
    """One panel a table that has prices, written to `path` with both endings; raises ConfigError without any."""
    plots = pyplot()
    shown = [report for report in reports if report.routers]
    if not shown:
        raise ConfigError(["there is no frontier to draw without prices: give --prices FILE"])
    figure, panels = plots.subplots(1, len(shown), figsize=(6.2 * len(shown), 4.4), squeeze=False)
    for report, panel in zip(shown, panels[0], strict=True):
        _panel(report, panel)
    figure.tight_layout()
    for ending in (".svg", ".png"):
        figure.savefig(path.with_suffix(ending), dpi=200)
    plots.close(figure)


def _panel(report: Report, axes: Any) -> None:
    for router in report.routers:
        single = len(router.costs) == 1 or router.regime == "none"
        order = sorted(range(len(router.costs)), key=lambda number: router.costs[number])
        costs, quality = [router.costs[n] for n in order], [router.quality[n] for n in order]
        label = router.name if router.regime in ("none", "knows all") else f"{router.name} ({router.regime})"
        if router.name.startswith("hull"):
            xs, ys = hull(np.array(costs), np.array(quality))
            axes.plot(xs, ys, color="0.6", linestyle="--", linewidth=1, zorder=1)
        style = {"marker": "o", "linestyle": "none" if single else "-", "markersize": 5 if single else 3}
        axes.plot(costs, quality, label=label, **style)
    axes.set_xscale("log")
    axes.set_xlabel("USD per 1,000 prompts")
    axes.set_ylabel("mean score")
    axes.set_title(report.table)
    axes.grid(alpha=0.25)
    axes.legend(fontsize=7, frameon=False)
