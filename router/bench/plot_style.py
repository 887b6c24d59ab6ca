"""Plotting: matplotlib, where it is installed, and the colours of all plots.

Invariant: the same figures give the same bytes, and a picture's words stay text.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from router.errors import BadRequest, ConfigError

INK, QUIET = "#2b2f36", "#9aa1ab"
_STYLE = {
    "svg.hashsalt": "fungible",
    "svg.fonttype": "none",
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "hatch.color": "white",
    "hatch.linewidth": 0.8,
}


def pyplot() -> Any:
    """matplotlib's pyplot, without a window; raises ConfigError where it is not installed."""
    try:
        import matplotlib as mpl

        mpl.use("Agg")
        from matplotlib import pyplot as found
    except ImportError:
        raise ConfigError(["drawing needs matplotlib: pip install 'fungible[plot]'"]) from None
    return found


@contextmanager
def styled() -> Iterator[None]:
    """The style of all plots, while it lasts."""
    with pyplot().rc_context(_STYLE):
        yield


@contextmanager
def picture(path: Path, *subplots: int, **more: Any) -> Iterator[tuple[Any, Any]]:
    """A figure and its panels, written to the path at the end; raises ConfigError, or BadRequest for its ending."""
    plots = pyplot()
    if path.suffix != ".svg":
        raise BadRequest("--plot draws an SVG: give a name that ends in .svg.")
    with plots.rc_context(_STYLE):
        figure, panels = plots.subplots(*subplots, **more)
        try:
            yield figure, panels
            figure.savefig(path, metadata={"Date": None})
        finally:
            plots.close(figure)
