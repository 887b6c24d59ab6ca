"""A replay as one page of HTML that needs nothing else: no script, no font, no picture from anywhere.

Invariant: every text is escaped; colours come from `page.css`, light and dark.
"""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from router.policy.replay.intervals import Estimate
from router.policy.replay.report.flow_plot import flow_plot
from router.policy.replay.report.number_format import dollars, logits, part, points, refusals, seconds, share, within
from router.policy.replay.report.shift_plot import shift_plot
from router.policy.replay.result import Cause, Lost, Replay

_STYLE = Path(__file__).with_name("page.css")
MOST_CAUSES = 20


def page(replay: Replay) -> str:
    """The whole document."""
    title = f"{replay.before} → {replay.after}"
    sections = (
        _section(
            "From model to model",
            flow_plot(replay),
            "Each ribbon is as thick as its requests are many. Bright: they flip.",
        ),
        _section("By task", shift_plot(replay.tasks), "The change for each kind of work, with its 95 % interval."),
        _section("By key", shift_plot(replay.keys), "The keys with the most requests.") if len(replay.keys) > 1 else "",
        _section(
            "What flipped them",
            _causes(replay.causes, replay.total.flips),
            "For each request that flips: the first change that alone makes it choose as all of them do.",
        ),
        _section("Most predicted quality lost", _worst(replay.worst), "Of the requests that both versions answer."),
    )
    return (
        "<!doctype html>\n"
        f'<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<style>{_STYLE.read_text(encoding='utf-8')}</style></head>\n<body><main>\n"
        f"{_head(replay)}\n{_figures(replay)}\n{''.join(sections)}{_foot()}</main></body></html>\n"
    )


def _head(replay: Replay) -> str:
    names = f"<b>{escape(replay.before)}</b> <i>→</i> <b>{escape(replay.after)}</b>"
    sentence = f"{replay.total.requests:,} logged requests, each decided under both versions."
    refused = refusals(replay)
    warning = f'<p class="warning">{escape(refused)}.</p>' if refused else ""
    return f'<header><p class="kind">Policy replay</p><h1>{names}</h1><p>{sentence}</p>{warning}</header>'


def _figures(replay: Replay) -> str:
    total = replay.total
    cost = f"{dollars(total.cost_before)} → {dollars(total.cost_after)}"
    tiles = (
        _tile("Choices that flip", part(total.flips, total.requests), f"{total.flips:,} requests", "", ""),
        _tile("Cost", share(total.cost.value), cost, within(total.cost, share), _tone(total.cost)),
        _tile(
            "Predicted quality",
            f"{points(total.quality.value)} points",
            "of each answer being right",
            within(total.quality, points),
            _tone(total.quality, better=1),
        ),
        _tile(
            "Latency", seconds(total.latency.value), "on average", within(total.latency, seconds), _tone(total.latency)
        ),
    )
    return f'<section class="figures">{"".join(tiles)}</section>'


def _tile(name: str, figure: str, note: str, spread: str, tone: str) -> str:
    shown = f'<p class="spread">95 %: {escape(spread)}</p>' if spread else ""
    large = f'<p class="figure {tone}">{escape(figure)}</p>'
    return f'<div class="tile"><h2>{name}</h2>{large}<p>{escape(note)}</p>{shown}</div>'


def _tone(estimate: Estimate, better: int = -1) -> str:
    """Better or worse where the interval says so; else neither."""
    if estimate.low is None or estimate.high is None or estimate.low <= 0 <= estimate.high:
        return ""
    return "better" if estimate.low * better > 0 else "worse"


def _section(title: str, body: str, note: str) -> str:
    return f'<section><h2>{title}</h2><p class="note">{note}</p>{body}</section>\n' if body else ""


def _causes(causes: Sequence[Cause], flips: int) -> str:
    working = [cause for cause in causes if cause.flips][:MOST_CAUSES]
    rows = [
        (
            f"{cause.flips:,}",
            escape(part(cause.flips, flips)),
            f'<i style="width:{100 * cause.flips / flips:.2f}%"></i>',
            escape(cause.label),
        )
        for cause in working
    ]
    idle = [cause for cause in causes if not cause.flips]
    listed = "".join(f"<li>{escape(cause.label)}</li>" for cause in idle)
    count = f"{len(idle)} {'change flips' if len(idle) == 1 else 'changes flip'} nothing"
    rest = f"<details><summary>{count}</summary><ul>{listed}</ul></details>" if idle else ""
    table = _table(("flips", "of all", "", "change"), rows, "nnbt") if rows else ""
    return table + rest


def _worst(worst: Sequence[Lost]) -> str:
    if not worst:
        return ""
    rows = [
        (
            f"<code>{escape(lost.id)}</code>",
            escape(lost.task),
            logits(lost.difficulty),
            f"<span>{escape(lost.before)} →</span> <span>{escape(lost.after)}</span>",
            f"{lost.quality_before:.1%} → {lost.quality_after:.1%}",
            f"<b>{points(lost.quality)}</b>",
            f"{dollars(lost.cost_before)} → {dollars(lost.cost_after)}",
            escape(lost.cause),
        )
        for lost in worst
    ]
    heads = ("request", "task", "difficulty", "model", "predicted quality", "points", "cost", "flipped by")
    return _table(heads, rows, "itntnnnt")


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], kinds: str) -> str:
    """A table whose columns are text, numbers or bars; cells are HTML already."""
    head = "".join(f'<th class="{kind}">{name}</th>' for name, kind in zip(heads, kinds, strict=True))
    body = "".join(
        f"<tr>{''.join(f'<td class={kind!r}>{cell}</td>' for cell, kind in zip(row, kinds, strict=True))}</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _foot() -> str:
    return (
        "<footer><p>Quality is predicted, not measured: the chance of a right answer that the router gives each model. "
        "Intervals are 95 %, from drawing whole conversations again; they tell how much depends on which conversations "
        "were logged, and nothing of how good the predictions are. Costs are list prices of the day of each request. "
        "Changes are of requests that both versions answer.</p></footer>"
    )
