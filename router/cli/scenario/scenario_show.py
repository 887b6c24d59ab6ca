"""One scenario before it is played: story, settings, events, assumptions, facts."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from router.bench.partner.noon_result import about_noon
from router.bench.partner.noon_texts import NAME
from router.cli.output import print_json
from router.cli.responsive_table import Column, ResponsiveTable, output_console
from router.config.files.seed_data import load_facts
from router.scenarios.played_result import about
from router.scenarios.scenario import Scenario
from router.scenarios.scenario_file import load_scenario


def run(name: str, *, as_json: bool) -> None:
    """Print it."""
    facts = load_facts()
    scenario = None if name == NAME else load_scenario(name, facts)
    plain = about(scenario, facts) if scenario else about_noon(facts)
    if as_json:
        plain["events"] = [
            {"on": event.on, "because": {"en": event.because.en, "ko": event.because.ko}, "fact": event.fact}
            for event in (scenario.events if scenario else ())
        ]
        print_json(plain)
        return
    console = output_console()
    console.print(f"\n[bold]{plain['title']['en']}[/]  ({plain['row']}, {plain['name']})\n")
    console.print(Padding(Text(plain["story"]["en"]), (0, 2, 1, 2)))
    _settings(console, plain["settings"])
    if scenario:
        _events(console, scenario)
    rests_on(console, plain, "en")


def _settings(console: Console, settings: Mapping[str, Any]) -> None:
    if not settings:
        return
    ends = (Column("value", right=True), Column("from", right=True), Column("to", right=True))
    table = ResponsiveTable(Column("--set"), *ends, Column("what it is", prose=True))
    for name, setting in settings.items():
        unit = f", {setting['unit']['en']}" if setting["unit"] else ""
        figures = (f"{setting[of]:g}" for of in ("value", "least", "most"))
        table.add_row(name, *figures, f"{setting['title']['en']}{unit} ({setting['status']}: {setting['source']})")
    console.print(table)


def _events(console: Console, scenario: Scenario) -> None:
    table = ResponsiveTable(Column("on"), Column("what happens", prose=True))
    for event in scenario.events:
        often = ", and at each step from then on" if event.each_step else ""
        table.add_row(event.on, f"{event.because.en}{often}")
    console.print()
    console.print(table)


def rests_on(console: Console, plain: Mapping[str, Any], language: str) -> None:
    """What is assumed, and the facts."""
    rows = [(each["status"], f"{each['what'][language]} ({each['source']})") for each in plain["assumed"]]
    if plain["law"]:
        rows.append(("assumed", plain["law"][language]))
    rows += [
        (fact["status"], f"{fact['statement'][language]} ({fact['title']}, {fact['date']})") for fact in plain["facts"]
    ]
    table = ResponsiveTable(Column(""), Column({"en": "it rests on", "ko": "근거"}[language], prose=True))
    for row in rows:
        table.add_row(*row)
    console.print()
    console.print(table)
    console.print()
