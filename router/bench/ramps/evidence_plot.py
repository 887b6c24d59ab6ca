"""Two runs of a ramp as a picture over time: an equal substitute is promoted, a worse one rolled back.

Invariant: what is drawn is what the evidence says after each pair, of the run that waits as long as half of all do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

from router.bench.plot_style import INK, QUIET, picture
from router.bench.ramps.simulated_pairs import Law, crossings
from router.bench.ramps.simulation import Bench
from router.evidence import Evidence, Interval, Question, Verdict, judge, narrow, observe
from router.evidence.batch import extend, fresh

# The steps of the ramp in the picture; a step lasts so many pairs, and the first of them needs no evidence.
STEPS = ("shadow", "1 %", "5 %", "10 %", "25 %", "50 %", "full")
HOLD = 40
TRIED = 256
DECIDED = ("promote", "harm")
PROMOTE, HARM = "#0f7b8a", "#c2452d"


@dataclass(frozen=True, slots=True)
class Story:
    """One run: the verdict after each pair, the step of the ramp, and the pair of the decision, or None."""

    title: str
    verdicts: tuple[Verdict, ...]
    steps: tuple[int, ...]
    decided: int | None
    question: Question
    labels: tuple[str, ...] = STEPS


def draw(bench: Bench, path: Path) -> None:
    """Both runs side by side, written to the path; raises ConfigError without matplotlib, BadRequest for its ending."""
    draw_stories([_story(bench, *law) for law in (("equal", 0.0), ("worse by twice the margin", -2.0))], path)


def draw_stories(stories: Sequence[Story], path: Path) -> None:
    """Runs side by side, as SVG; raises ConfigError without matplotlib, BadRequest for another ending."""
    size, heights = (max(5.6, 4.8 * len(stories)), 6.4), {"height_ratios": (2, 3, 3)}
    shape = {"sharex": "col", "sharey": "row", "squeeze": False, "gridspec_kw": heights}
    with picture(path, 3, len(stories), figsize=size, **shape) as (figure, panels):
        for column, story in enumerate(stories):
            _column(story, panels[:, column], first=column == 0)
        figure.align_ylabels(panels[:, 0])
        figure.tight_layout(h_pad=1.2, w_pad=2.0)


def _story(bench: Bench, name: str, margins: float) -> Story:
    law = Law(bench.base, margins * bench.question.margin, bench.correlation)
    outcomes = law.draw(np.random.default_rng(bench.seed), (TRIED, bench.pairs))
    verdicts = _verdicts(bench.question, _typical(bench.question, outcomes))
    decided = next((pair for pair, verdict in enumerate(verdicts) if verdict.state in DECIDED), None)
    steps = tuple(_step(pair, decided, verdict) for pair, verdict in enumerate(verdicts))
    return Story(f"A substitute that is {name}", verdicts, steps, decided, bench.question)


def _typical(question: Question, outcomes: Any) -> Any:
    """The outcomes of the run whose first decision comes in the middle."""
    wealth = extend(question, fresh(len(outcomes)), outcomes)[1]
    calls = crossings(wealth >= question.threshold).min(axis=0)
    return outcomes[int(np.argsort(np.where(calls < inf, calls, 1e9), kind="stable")[len(calls) // 2])]


def _verdicts(question: Question, outcomes: Any) -> tuple[Verdict, ...]:
    """The verdict after each pair, until some time after the decision."""
    evidence, interval, verdicts, left = Evidence(question), Interval(question), [], HOLD * len(STEPS)
    for outcome in outcomes.tolist():
        evidence, interval = observe(evidence, outcome), narrow(interval, outcome)
        verdicts.append(judge(evidence, interval))
        left -= verdicts[-1].state in DECIDED
        if not left:
            break
    return tuple(verdicts)


def _step(pair: int, decided: int | None, verdict: Verdict) -> int:
    if verdict.state == "harm":
        return 0
    canary = min(1, pair // HOLD)
    return canary if decided is None or pair < decided else min(len(STEPS) - 1, 2 + (pair - decided) // HOLD)


def _column(story: Story, panels: Any, *, first: bool) -> None:
    question = story.question
    pairs = np.arange(1, len(story.verdicts) + 1)
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(QUIET)
        axes.tick_params(color=QUIET, labelcolor=INK, length=3)
        if story.decided is not None:
            axes.axvline(story.decided + 1, color=QUIET, linewidth=0.8, linestyle=(0, (2, 2)), zorder=0)
    _share(story, panels[0], pairs, first)
    _wealth(question, story, panels[1], pairs, first)
    _interval(question, story, panels[2], pairs, first)
    panels[2].set_xlabel("pairs")
    panels[2].set_xlim(0, len(pairs) * 1.02)


def _share(story: Story, axes: Any, pairs: Any, first: bool) -> None:
    axes.set_title(story.title, loc="left", fontweight="bold", fontsize=10, pad=16)
    steps = np.array(story.steps)
    corners = _corners(steps)
    axes.step(pairs[corners], steps[corners], where="post", color=INK, linewidth=1.4)
    axes.fill_between(pairs[corners], steps[corners], step="post", color=INK, alpha=0.08, linewidth=0)
    axes.set_yticks(range(len(story.labels)), story.labels)
    axes.set_ylim(-0.25, len(story.labels) - 0.6)
    if first:
        axes.set_ylabel("share that moves")
    if story.decided is not None:
        harmed = story.verdicts[story.decided].state == "harm"
        word, colour = ("rolled back", HARM) if harmed else ("promoted", PROMOTE)
        axes.annotate(
            f"{word} after {story.decided + 1} pairs", (story.decided + 1, 1), xycoords=("data", "axes fraction"),
            xytext=(0, 3), textcoords="offset points", ha="center", color=colour, fontsize=9,
        )  # fmt: skip


def _wealth(question: Question, story: Story, axes: Any, pairs: Any, first: bool) -> None:
    axes.set_yscale("log")
    axes.axhline(question.threshold, color=INK, linewidth=0.8)
    axes.annotate(
        f"1/α = {question.threshold:g}", (1, question.threshold), xycoords=("axes fraction", "data"),
        xytext=(4, 0), textcoords="offset points", va="center", fontsize=8,
    )  # fmt: skip
    axes.plot(
        pairs, [verdict.promote_wealth for verdict in story.verdicts], color=PROMOTE, linewidth=1.4, label="not worse"
    )
    axes.plot(pairs, [verdict.harm_wealth for verdict in story.verdicts], color=HARM, linewidth=1.4, label="worse")
    axes.set_ylim(1e-3, question.threshold * 50)
    if first:
        axes.set_ylabel("wealth of the bet that it is")
        axes.legend(frameon=False, loc="upper left", fontsize=8)


def _interval(question: Question, story: Story, axes: Any, pairs: Any, first: bool) -> None:
    low, high = (np.array([getattr(verdict, end) for verdict in story.verdicts]) for end in ("low", "high"))
    corners = _corners(low + 1j * high)
    ends = low[corners], high[corners]
    axes.fill_between(pairs[corners], *ends, step="post", color=PROMOTE, alpha=0.16, linewidth=0)
    axes.plot(pairs, [verdict.mean for verdict in story.verdicts], color=INK, linewidth=1.0)
    axes.axhline(0, color=QUIET, linewidth=0.6)
    axes.axhline(-question.margin, color=HARM, linewidth=0.8)
    axes.annotate(
        "−margin", (1, -question.margin), xycoords=("axes fraction", "data"), xytext=(4, 0),
        textcoords="offset points", va="center", fontsize=8, color=HARM,
    )  # fmt: skip
    axes.set_ylim(-6 * question.margin, 5 * question.margin)
    if first:
        axes.set_ylabel("mean difference")


def _corners(values: Any) -> Any:
    """Where a line of steps begins, changes and ends: all that needs to be drawn of it."""
    return np.unique([0, *np.flatnonzero(np.diff(values)) + 1, len(values) - 1])
