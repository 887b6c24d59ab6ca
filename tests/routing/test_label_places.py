"""Names in a picture lie upon no mark, no line and no other name."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from router.api.assembly import shipped_reader
from router.bench.routing.compare_readers import Bench
from router.bench.routing.contenders.wanted import parse_wanted
from router.bench.routing.frontier_plot import draw
from router.bench.routing.label_places import Label, spread_labels
from routing.test_comparing import table

pytest.importorskip("matplotlib")


def test_names_do_not_overlap() -> None:
    from router.bench.plot_style import pyplot

    plots = pyplot()
    figure, axes = plots.subplots()
    random = np.random.default_rng(0)
    points = [(float(x), float(y)) for x, y in random.random((12, 2))]
    axes.plot(*zip(*points, strict=True), "o")
    line = [(0.0, 0.5), (1.0, 0.5)]
    names = [Label((point,), f"model number {place}", "black") for place, point in enumerate(points)]
    spread_labels(axes, [*names, Label(tuple(line), "a line", "black")], [line])
    renderer = figure.canvas.get_renderer()
    boxes = [text.get_window_extent(renderer) for text in axes.texts]
    assert len(boxes) == 13
    assert not any(left.overlaps(right) for left, right in combinations(boxes, 2))
    level = axes.transData.transform((0, 0.5))[1]
    assert not any(box.y0 < level < box.y1 for box in boxes)
    plots.close(figure)


def test_a_picture_names_every_contender_in_text(tmp_path: Path) -> None:
    names = ["column:theirs", "length", "random", "hull", "oracle", "model:weak"]
    bench = Bench(reader=shipped_reader(), readers=(), compare=parse_wanted(names), rounds=20)
    draw(bench.run([table()]), tmp_path / "t.svg")
    svg = (tmp_path / "t.svg").read_text(encoding="utf-8")
    for name in ("column theirs", "length", "random between", "hull of single models", "oracle", "strong", "weak"):
        assert f">{name}" in svg, name
    assert "model weak" not in svg  # its mark is that of the hull
    draw(bench.run([table()]), tmp_path / "t.pdf")
    assert (tmp_path / "t.pdf").read_bytes().startswith(b"%PDF")
