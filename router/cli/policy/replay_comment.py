"""A replay as a comment on a pull request: Markdown, with the verdict first.

Invariant: names of a configuration can't leave their cell, and mention or link nobody.
"""

import re
from collections.abc import Sequence

from router.policy.replay.report.number_format import dollars, model, part, points, seconds, share, within
from router.policy.replay.result import Replay

MOST_ROWS = 10


def comment(replayed: Replay, broken: Sequence[str]) -> str:
    """The verdict, the figures, who answers, and what flipped."""
    total = replayed.total
    verdict = "**Past a limit**" if broken else "**Within the limits**"
    cost = f"{dollars(total.cost_before)} → {dollars(total.cost_after)}"
    figures = [
        ("flips", f"{total.flips:,} of {total.requests:,}", part(total.flips, total.requests), ""),
        ("cost", cost, share(total.cost.value), within(total.cost, share)),
        ("predicted quality", "points", points(total.quality.value), within(total.quality, points)),
        ("latency", "", seconds(total.latency.value), within(total.latency, seconds)),
        ("newly refused", "", f"{replayed.refusals.newly:,}", ""),
    ]
    flows = [
        (f"{model(flow.before)} → {model(flow.after)}", f"{flow.requests:,}", part(flow.requests, total.requests))
        for flow in replayed.flows
        if flow.before != flow.after
    ]
    causes = [(f"{cause.flips:,}", cause.label) for cause in replayed.causes if cause.flips]
    parts = [
        f"### Policy replay: {_cell(replayed.before)} → {_cell(replayed.after)}",
        f"{verdict}; {total.requests:,} requests of the log decided under both.",
        *(f"- {_cell(sentence)}" for sentence in broken),
        "",
        *_table(("", "", "change", "95 % interval"), figures),
        *_table(("from model to model", "requests", "of all"), flows),
        *_table(("flips", "the first change that alone flips them"), causes),
    ]
    return "\n".join(parts) + "\n"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    lines = [
        _row(heads),
        _row(["---"] * len(heads)),
        *(_row([_cell(cell) for cell in row]) for row in rows[:MOST_ROWS]),
    ]
    rest = len(rows) - MOST_ROWS
    return [*lines, *([f"{rest} more"] if rest > 0 else []), ""]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(text: str) -> str:
    """Text without the signs by which Markdown makes cells, links, mentions and tags."""
    plain = " ".join(text.split())
    return re.sub(r"([\\|`*_\[\]<>#@&~])", lambda match: f"&#{ord(match[1])};", plain)
