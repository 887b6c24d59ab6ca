"""`fungible fit` in the terminal."""

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import orjson
from rich.console import Console

from router.api.assembly import shipped_reader
from router.bench.routing.comparison.learning_curve import LearningCurve
from router.bench.routing.fitting import CURVE_STEPS, MOST_MEASURED, STEPS, Learned, keep, learn
from router.bench.routing.outcome_table import Outcomes, read_outcomes
from router.bench.routing.records.sheets import percent, share
from router.bench.routing.tables.declared import Declared
from router.cli.bench.progress_left import progress_left, reading_rows
from router.cli.responsive_table import ResponsiveTable, columns, output_console
from router.config import load
from router.config.files.abilities_patch import merged, with_lengths
from router.config.files.atomic_write import replace_file
from router.config.files.yaml_source import parse, read
from router.errors import ConfigError

SHOWN_FAULTS = 10
LEAST_SHOWN = 0.05
"""A spread of less would be shown as 0.0."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The pair that is looked at, the configuration to merge into, and whether a learning curve is wanted."""

    strong: str | None
    weak: str | None
    merge: Path | None = None
    curve: bool = False


def run(source: Path, out: Path, wanted: Wanted, columns_said: Declared, *, as_json: bool) -> None:
    """Fit, write, and say what it is worth; exit code 3 where it is not recommended, and then nothing is merged."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    with reading_rows(console, [source], hidden=as_json) as took:
        table = read_outcomes(source, columns_said, MOST_MEASURED, advance=took)
    doing = f"fitting {len(table.prompts):,} prompts, {len(table.models)} models"
    steps = STEPS + CURVE_STEPS * wanted.curve
    with progress_left(console, steps, doing, hidden=as_json) as advance:
        learned = learn(table, shipped_reader(), wanted.strong, wanted.weak, advance, curved=wanted.curve)
    manifest = keep(learned, source, out, datetime.now(UTC).date())
    if wanted.merge is not None and learned.recommended:
        merge(learned, wanted.merge)
    tell_notes(console, learned.table)
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        _show(output_console(), learned, out, wanted.merge)
    sys.exit(0 if learned.recommended else 3)


def tell_notes(console: Console, table: Outcomes) -> None:
    """Say how a table was read where anything was odd, and name the rows that were left out."""
    if table.faults or len(table.notes) > 1:
        for note in table.notes:
            console.print(f"{table.name}: {note}", markup=False)
    _tell_faults(console, table.faults)


def _tell_faults(console: Console, faults: tuple[str, ...]) -> None:
    for fault in faults[:SHOWN_FAULTS]:
        console.print(f"left out  {fault}", markup=False)
    if len(faults) > SHOWN_FAULTS:
        console.print(f"left out  {len(faults) - SHOWN_FAULTS:,} more rows", markup=False)


def merge(learned: Learned, folder: Path) -> None:
    """Put the abilities into a folder's catalog.yaml; raises ConfigError, and then leaves it as it was."""
    path, day = folder / "catalog.yaml", datetime.now(UTC).date()
    source = read(path)
    load(folder)
    text = merged(source, learned.table.models, learned.fitted.chances, len(learned.table.prompts), day)
    if (lengths := learned.fitted.lengths) is not None:
        models, many = learned.table.models, len(learned.table.prompts)
        text = with_lengths(parse(text.encode(), source.name), models, lengths.habits, many, day)
    replace_file(path, text)
    try:
        load(folder)
    except ConfigError:
        replace_file(path, source.text)
        raise


def _show(console: Console, learned: Learned, out: Path, merged_into: Path | None) -> None:
    table = ResponsiveTable(*columns("reader", "regime", "APGR", "CPT(50 %)", "CPT(80 %)", left=(0, 1)))
    for score in learned.scores:
        table.add_row(score.reader, score.regime, share(score.apgr), percent(score.cpt50), percent(score.cpt80))
    console.print(f"\n[bold]{learned.strong}[/] against [bold]{learned.weak}[/], with 95 % intervals\n")
    console.print(table)
    console.print(
        f"\n{verdict(learned)}\nCalibration error {learned.calibration:.3f}; {len(learned.table.prompts):,} prompts in "
        f"{learned.groups:,} groups of near-duplicates.\n"
        f"{difficulty_sentence(learned)}\n\nWritten to {out}: fit.npz, manifest.json, catalog-fragment.yaml"
    )
    if (lengths := learned.fitted.lengths) is not None:
        console.print(f"\n{length_sentence(float(np.median(lengths.habits.error)))}")
    if learned.curve is not None:
        console.print(f"\n{curve_sentence(learned.curve)}")
    if merged_into is not None:
        done = "is merged into" if learned.recommended else "is not merged into"
        console.print(f"The fit {done} {merged_into}/catalog.yaml.")
    if learned.recommended:
        config = merged_into or "..."
        first = "" if merged_into else "Put the fragment's abilities into your catalog.yaml (or use --merge), then:\n"
        console.print(f"{first}  fungible serve --config {config} --reader {out}\n")


def difficulty_sentence(learned: Learned) -> str:
    """How well the text tells a prompt's difficulty, in a sentence."""
    known, most = learned.fitted.error, learned.open_at_most
    if known < LEAST_SHOWN:
        bound = f": ± {most:.1f} logits at most (95 %)" if most >= LEAST_SHOWN else ""
        said = "How far a prompt's difficulty lies from what its text says is too little to be seen in these scores"
        return f"{said}{bound}."
    return f"Difficulty is known to ± {known:.1f} logits."


def length_sentence(error: float) -> str:
    """How well the length of an answer is known, in a sentence."""
    low, high = np.exp(-1.96 * error), np.exp(1.96 * error)
    said = "The length of each model's answers is learned too"
    return f"{said}: 95 of 100 lie between {low:.2f} and {high:.2f} times what is expected."


def curve_sentence(curve: LearningCurve) -> str:
    """What more prompts would bring, in a sentence."""
    seen = ", ".join(f"{apgr.value:.3f} from {many:,}" for many, apgr in zip(curve.prompts, curve.apgr, strict=True))
    gain = curve.gain
    return (
        f"APGR {seen} training prompts. {curve.more:,} more would bring {gain.value:+.3f} "
        f"[{gain.low:+.3f}, {gain.high:+.3f}], if it goes on as the square root."
    )


def verdict(learned: Learned) -> str:
    """Whether a fit is worth serving, in a sentence."""
    if learned.recommended:
        return "There is signal: its interval lies above random."
    if learned.signal.low > 0.5:
        return (
            f"[bold red]Not recommended[/]: the length of a prompt alone does as well (APGR {learned.of_length:.3f})."
        )
    return "[bold red]Not recommended[/]: the interval includes random. Routing by this would help nobody."
