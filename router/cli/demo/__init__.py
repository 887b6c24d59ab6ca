"""`fungible demo`: the whole story in one screen, from real runs of the shipped workload."""

import sys
from collections import Counter
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.padding import Padding
from rich.progress import Progress
from rich.text import Text

from router.bench.demo.days import DAYS, Story, live_through, possible
from router.bench.demo.demo_policies import Run, run_all, runs_in
from router.bench.demo.workload import by_task
from router.bench.partner.noon_texts import NAME
from router.cli.decision_sentences import dollars
from router.cli.demo.demo_days import days_to_json, show_days
from router.cli.output import picture_console, save_picture
from router.cli.responsive_table import Column, ResponsiveTable, columns
from router.config import load
from router.config.files.seed_data import Case, load_facts, load_workload
from router.money import usd
from router.scenarios.scenario_file import names
from router.types import TASKS, Config

# Each family has a colour and a texture, so that the picture survives a terminal without colours.
_INKS = (("█", "#e07a3f"), ("▓", "#2f7fd1"), ("▒", "#b58cf0"), ("░", "#3f9d6b"), ("▚", "#b0863b"))
WIDE, BAR, NARROW_BAR, CELL, NARROW_CELL = 120, 24, 8, 13, 4

Inks = dict[str, tuple[str, str]]


def run(folder: Path | None, *, tasks: bool, as_json: bool, svg: Path | None = None, keep: Path | None = None) -> None:
    """Run and show."""
    config, cases = load(folder), load_workload()
    console = picture_console(svg)
    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as progress:
        served = progress.add_task("serving the workload", total=runs_in(config) * len(cases))
        runs = run_all(config, cases, lambda: progress.advance(served))
        lived = progress.add_task("living through twelve days", total=DAYS)
        story = live_through(config, cases, lambda: progress.advance(lived), keep) if possible(config) else None
    if as_json:
        plain = {"runs": [_plain(run) for run in runs], "days": days_to_json(story) if story else []}
        sys.stdout.buffer.write(orjson.dumps(plain, option=orjson.OPT_INDENT_2) + b"\n")
        return
    show(console, config, cases, runs, story, tasks=tasks)
    save_picture(console, svg, "fungible demo")


def show(
    console: Console, config: Config, cases: tuple[Case, ...], runs: list[Run], story: Story | None, *, tasks: bool
) -> None:
    """The figures, the days of a substitution with its proof, and what to do next."""
    families = dict(zip(families_of(config, runs), cycle(_INKS), strict=False))
    wide = console.width >= WIDE
    korean = sum(case.language != "en" for case in cases)
    console.print(
        f"\n[bold]Fungible[/]  {len(cases)} prompts, {korean} of them Korean or mixed, of {len(TASKS)} kinds of work, "
        "served by stubs: no model is called, no key, no network\n"
    )
    console.print(Padding(_legend(config, families), (0, 0, 0, 2)))
    console.print(_figures(runs, families, BAR if wide else NARROW_BAR))
    if tasks:
        console.print("\n[bold]Where each kind of work goes[/]\n")
        policies = [run for run in runs if run.kind == "policy"]
        console.print(_tasks(policies, families, CELL if wide else NARROW_CELL))
    if story:
        show_days(console, story, lambda day: _bar(day.by_family, families, BAR if wide else NARROW_BAR))
    told_by = next(fact for fact in load_facts() if fact.row == "R3")
    console.print(f"\n[dim]{told_by.statement} ({told_by.title}, {told_by.date}; more in seeds/facts.yaml)[/]")
    console.print("\n[bold]Next[/]\n")
    console.print(_next())
    console.print()


def _next() -> ResponsiveTable:
    table = ResponsiveTable(Column(""), Column("", prose=True), edge=2)
    table.add_row("fungible serve", "the same over HTTP, for any OpenAI client")
    stories = ", ".join([*names(), NAME])
    table.add_row("fungible scenario run NAME", f"the articles' stories, to run and to change: {stories}")
    table.add_row('fungible explain "a prompt"', "why one choice was made, and what flips it")
    table.add_row("fungible init my-config", "a configuration of your own")
    return table


def families_of(config: Config, runs: Sequence[Run]) -> tuple[str, ...]:
    """The families of which a model could answer some of the work, in the order of the catalog."""
    receipts = (result.receipt for run in runs for result in run.results if result.receipt)
    able = {each.family for receipt in receipts for each in receipt.decision.candidates if not each.excluded}
    return tuple(dict.fromkeys(model.family for model in config.models if model.family in able))


def _legend(config: Config, families: Inks) -> Text:
    """The inks, and whose family each is."""
    owners = {model.family: model.owner for model in config.models}
    parts = (((ink * 3, colour), f" {name} ({owners[name]})  ") for name, (ink, colour) in families.items())
    return Text.assemble(*(part for pair in parts for part in pair))


def _figures(runs: list[Run], families: Inks, width: int) -> ResponsiveTable:
    dearest = next(run for run in runs if run.kind == "baseline").summary.cost
    figures = columns(*families, "cost", "saved", "predicted", "right", left=())
    table = ResponsiveTable(Column(""), Column("who answers"), *figures)
    for run in runs:
        summary = run.summary
        table.add_row(
            run.label,
            _bar(summary.by_family, families, width),
            *(_part(summary.by_family[name], summary.answered) for name in families),
            dollars(summary.cost),
            f"{1 - float(summary.cost / dearest):.0%}",
            f"{summary.predicted:.1%}",
            f"{summary.simulated:.1%} ± {summary.simulated_error:.1%}",
            style="dim" if run.kind == "baseline" else "",
        )
    return table


def _part(count: int, of: int) -> str:
    """A share of the answers; none at all is not the same as very few."""
    share = f"{count / max(1, of):.0%}"
    return "–" if not count else "<1%" if share == "0%" else share


def _tasks(policies: list[Run], families: Inks, width: int) -> ResponsiveTable:
    table = ResponsiveTable(Column(""), *(Column(policy.name) for policy in policies))
    split = [by_task(policy.results, lambda candidate: candidate.family) for policy in policies]
    for task in TASKS:
        table.add_row(task, *(_bar(tasks.get(task, Counter()), families, width) for tasks in split))
    return table


def _bar(counts: Counter[str], families: Inks, width: int) -> Text:
    """A stacked bar whose pieces are rounded so that they always fill the width."""
    total, drawn, seen, bar = sum(counts.values()), 0, 0, Text()
    for family, (texture, colour) in families.items():
        seen += counts[family]
        upto = round(width * seen / total) if total else 0
        bar.append(texture * (upto - drawn), colour)
        drawn = upto
    return bar


def _plain(run: Run) -> dict[str, Any]:
    summary = run.summary
    return {
        "kind": run.kind,
        "name": run.name,
        "label": run.label,
        "answered": summary.answered,
        "refused": summary.refused,
        "cost_usd": usd(summary.cost),
        "cost_as_asked_usd": usd(summary.asked_cost),
        "predicted_quality": summary.predicted,
        "simulated_quality": summary.simulated,
        "simulated_quality_half_interval_95": summary.simulated_error,
        "by_owner": summary.by_owner,
        "by_family": summary.by_family,
        "by_model": summary.by_model,
        "by_task": by_task(run.results),
    }
