"""Rivals as a picture: what an answer costs, and how good it is, with intervals."""

from collections.abc import Sequence
from pathlib import Path

from router.bench.plot_style import INK, QUIET, picture
from router.bench.rivals.rival_rows import Row


def draw(rows: Sequence[Row], path: Path) -> None:
    """Write the picture; raises ConfigError without matplotlib, BadRequest for another ending than .svg."""
    with picture(path, 1, 1, figsize=(6.4, 4.2)) as (figure, axes):
        axes.spines[["top", "right"]].set_visible(False)
        for row in rows:
            low, high = row.quality_interval or (row.quality, row.quality)
            cheap, dear = row.cost_interval or (row.cost_usd, row.cost_usd)
            axes.plot([1000 * cheap, 1000 * dear], [row.quality] * 2, color=QUIET, linewidth=1)
            axes.plot([1000 * row.cost_usd] * 2, [max(0.0, low), min(1.0, high)], color=QUIET, linewidth=1)
            axes.plot([1000 * row.cost_usd], [row.quality], "o", color=INK)
            axes.annotate(row.name, (1000 * row.cost_usd, row.quality), xytext=(6, 4), textcoords="offset points")
        axes.set_xlabel("USD for a thousand answers")
        axes.set_ylabel("quality, as graded")
        figure.tight_layout()
