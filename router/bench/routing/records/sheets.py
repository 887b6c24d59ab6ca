"""The figures of a report as sheets of words, the same for the terminal and for files.

Invariant: every figure has its interval beside it; what was corrected for how many were looked at says so; nothing is
less than nothing (`z` in formats: no -0).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isinf, isnan

from router.bench.routing.compare_readers import Report
from router.bench.routing.comparison.differences import Difference
from router.bench.routing.comparison.ranking import unranked
from router.bench.routing.comparison.simultaneous import Corrected
from router.bench.routing.comparison.slices import Slice
from router.bench.routing.measures import Interval

IN_USD = ("cost", "cost at equal score")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table in words: its first `left` columns stand left; `notes` belong below it."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    left: int = 2


def sheets(report: Report) -> Iterator[Sheet]:
    """Everything that a report has to show."""
    title = f"{report.table}: {report.prompts:,} prompts in {report.groups:,} groups, 95 % intervals"
    ends = f"strong {report.strong} ({report.strong_score:.1%}), weak {report.weak} ({report.weak_score:.1%})"
    pairs = tuple(
        (score.reader, score.regime, share(score.apgr), percent(score.cpt50), percent(score.cpt80))
        for score in report.pairs
    )
    nothing = unranked(report.pairs, report.prompts)
    notes = (nothing.sentence(report.prompts),) if nothing is not None else ()
    yield Sheet(f"{title}; {ends}", ("reader", "regime", "APGR", "CPT(50 %)", "CPT(80 %)"), pairs, notes)
    if report.routers:
        yield _routers(report)
    if report.differences:
        yield _differences(report)
    yield from _slices(report)


def _routers(report: Report) -> Sheet:
    rows = tuple(
        (
            router.name,
            router.regime,
            share(router.aiq),
            saved(router.saved_at_95),
            saved(router.saved_at_99),
            share(router.regret),
            share(router.arena),
            *([_percentage(report.robustness.get(router.name))] if report.robustness else []),
        )
        for router in report.routers
    )
    heads = ("router", "regime", "AIQ", "saved at 95 %", "at 99 %", "regret", "arena score")
    more = ("flips",) if report.robustness else ()
    return Sheet(f"{report.table}: {report.costs_from}", (*heads, *more), rows)


def _differences(report: Report) -> Sheet:
    compared = report.compared
    first = compared.standings[0].name if compared else ""
    rows = tuple(
        (row.contender, row.measure, difference(row), _p(row.p), "yes" if row.is_shown else "")
        for row in report.differences
    )
    note = (
        f"{len(rows)} differences were looked at: their intervals hold for all of them together, and p is corrected "
        f"for as many (single-step max-T over {_rounds(report):,} resamples of whole groups). Costs are USD per 1,000 "
        "prompts."
    )
    heads = ("contender", "measure", "difference [95 %, together]", "p", "differs")
    return Sheet(f"{report.table}: less {first}", heads, rows, (note,))


def _slices(report: Report) -> Iterator[Sheet]:
    if not report.slices:
        return
    looked = sum(row.difference is not None for row in report.slices)
    note = f"{looked} differences were looked at; their intervals hold for all of them together (max-T)."
    for by in dict.fromkeys(row.by for row in report.slices):
        some = [row for row in report.slices if row.by == by]
        yield Sheet(f"{report.table}: by {by}", (by, "prompts", *_slice_heads(some)), tuple(_lines(some)), (note,), 1)


def _slice_heads(some: Sequence[Slice]) -> list[str]:
    names = list(dict.fromkeys(row.contender for row in some))
    return [names[0], *(f"{name}, less it" for name in names[1:])]


def _lines(some: Sequence[Slice]) -> Iterator[tuple[str, ...]]:
    for kind in dict.fromkeys(row.kind for row in some):
        cells = [row for row in some if row.kind == kind]
        yield kind, f"{cells[0].prompts:,}", *(_cell(row) for row in cells)


def _cell(row: Slice) -> str:
    return f"{row.score:.3f}" if row.difference is None else difference(row.difference)


def _rounds(report: Report) -> int:
    return len(report.compared.standings[0].draws.quality) if report.compared else 0


def percent(interval: Interval) -> str:
    """A percentage with its interval."""
    return f"{interval.value:z.0f} % [{interval.low:z.0f}, {interval.high:z.0f}]"


def share(interval: Interval) -> str:
    """A figure in [0, 1] with its interval."""
    return f"{interval.value:z.3f} [{interval.low:z.3f}, {interval.high:z.3f}]"


def saved(part: Interval) -> str:
    """A share that was saved, with its interval; never, where the quality is not reached."""
    if part.value == float("-inf"):
        return "never"
    low = "never" if part.low == float("-inf") else f"{100 * part.low:z.0f}"
    return f"{part.value:z.0%} [{low}, {100 * part.high:z.0f}]"


def difference(row: Difference | Corrected) -> str:
    """A difference with its interval; never, where one of the two does not get there."""
    if isinf(row.value):
        return "never"
    digits = 4 if getattr(row, "measure", "") in IN_USD else 3
    if isnan(row.low):
        return f"{row.value:+.{digits}f} [not in every resample]"
    return f"{row.value:+.{digits}f} [{row.low:+.{digits}f}, {row.high:+.{digits}f}]"


def _p(p: float) -> str:
    return "" if isnan(p) else f"{p:z.3f}"


def _percentage(part: float | None) -> str:
    return "" if part is None else f"{part:.1%}"
