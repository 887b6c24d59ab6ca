"""The list of scenarios."""

from router.bench.partner.noon_result import about_noon
from router.cli.output import print_json
from router.cli.responsive_table import Column, ResponsiveTable, output_console
from router.config.files.seed_data import load_facts
from router.scenarios.played_result import about
from router.scenarios.scenario_file import load_scenario, names


def run(*, as_json: bool) -> None:
    """Print it."""
    facts = load_facts()
    rows = [about(load_scenario(name, facts), facts) for name in names()]
    rows = sorted([*rows, about_noon(facts)], key=lambda row: int(row["row"].split(",")[0][1:]))
    if as_json:
        print_json({"object": "list", "data": rows})
        return
    table = ResponsiveTable(Column("row"), Column("scenario"), Column("what one must see", prose=True))
    for row in rows:
        table.add_row(row["row"], row["name"], row["see"]["en"])
    console = output_console()
    console.print("\n[bold]Scenarios[/]  dated events over simulated days, through the same service that serves\n")
    console.print(table)
    console.print("\nPlay one with [bold]fungible scenario run NAME[/]; write your own: docs/scenarios.md\n")
