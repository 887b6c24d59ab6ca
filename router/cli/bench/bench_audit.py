"""`fungible bench audit` in the terminal."""

from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from router.bench.audit.adversaries import ADVERSARIES, HONEST, SHARES, dilution
from router.bench.audit.answer_pool import Pool, read_pools
from router.bench.audit.audit_trials import ALPHA, METHODS, Cell, Trials, null_cells
from router.bench.audit.stub_pool import stub_pool
from router.cli.output import print_json
from router.cli.responsive_table import ResponsiveTable, columns, output_console

# Runs in which other methods are tried: their permutations take long.
SLOW_RUNS, SLOW_CALLS = 60, 400


@dataclass(frozen=True, slots=True)
class Sizes:
    """Runs of each adversary and of the honest one, and calls of each run."""

    runs: int
    null_runs: int
    calls: int
    null_calls: int
    seed: int


def run(data: Path | None, sizes: Sizes, *, as_json: bool) -> None:
    """Measure, and show."""
    pools = [stub_pool(), *(read_pools(data) if data else [])]
    report = {}
    with Progress(console=Console(stderr=True, highlight=False), transient=True, disable=as_json) as progress:
        for pool in pools:
            report[pool.name] = _measured(pool, sizes, progress)
    if as_json:
        print_json({name: [asdict(cell) for cell in cells] for name, cells in report.items()})
        return
    console = output_console()
    for pool in pools:
        console.print(f"\n[bold]{pool.name}[/]: {pool.models[0]} answered by {pool.models[1]}, {pool.prompts} prompts, "
                      f"{pool.answers} answers each; α = {ALPHA}\n")  # fmt: skip
        console.print(_table(report[pool.name]))


def _measured(pool: Pool, sizes: Sizes, progress: Progress) -> list[Cell]:
    trials = Trials(pool, sizes.seed)
    slow = min(SLOW_RUNS, sizes.runs)
    total = len(METHODS) * (sizes.null_runs + len(ADVERSARIES) * sizes.runs) + len(SHARES) * sizes.runs + slow * 6
    task = progress.add_task(pool.name, total=total)

    def step() -> None:
        progress.advance(task)

    cells = null_cells(trials, sizes.null_runs, sizes.null_calls, step)
    for adversary in ADVERSARIES:
        cells += [trials.cell(adversary, method, sizes.runs, sizes.calls, step=step) for method in METHODS]
    for share in SHARES:
        cells.append(trials.cell(dilution(share), METHODS[2], sizes.runs, sizes.null_calls, share=share, step=step))
    for adversary in (HONEST, *(dilution(share) for share in SHARES)):
        cells += trials.other_methods(adversary, slow, SLOW_CALLS, step)
    return cells


def _table(cells: list[Cell]) -> ResponsiveTable:
    table = ResponsiveTable(*columns("adversary", "method", "runs", "shown", "median", "nine of ten", "covers"))
    for cell in cells:
        shown = f"{100 * cell.shown:.1f} % [{100 * cell.shown_low:.1f}, {100 * cell.shown_high:.1f}]"
        covered = (
            "" if cell.covered is None else f"{100 * cell.covered:.1f} %, {100 * (cell.width or 0):.1f} points wide"
        )
        table.add_row(
            cell.adversary, cell.method, str(cell.runs), shown, _calls(cell.median), _calls(cell.q90), covered
        )
    return table


def _covered(cell: Cell) -> str:
    return "" if cell.covered is None else f"{100 * cell.covered:.1f} %, {100 * (cell.width or 0):.1f} points wide"


def _calls(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"
