"""Writes an imported folder, and says what came over and what did not."""

import re
import sys
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.markup import escape

from router.cli.output import print_json
from router.config import load
from router.config.files.atomic_write import replace_file
from router.errors import Conflict
from router.migration.import_report import HEADINGS, KINDS, SKIPPED, Imported, Kind, Note
from router.migration.source_node import Where

_STYLES: dict[Kind, str] = {"refused": "bold red", "protection": "bold red", "meaning": "yellow", "assumed": "yellow"}


def require_room(out: Path) -> None:
    """Raise Conflict where a folder is there already, and holds something."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Conflict(f"{out} is there already: name a folder that is not, or is empty.")


def finish(imported: Imported, files: tuple[Path, Path], product: str, *, strict: bool, as_json: bool) -> None:
    """Write what was imported of the first file into the second, a folder, and report.

    Exit code 1 where nothing was written, or something was left out under --strict.
    """
    file, out = files
    if not imported.refused:
        _write(out, imported, product)
    if as_json:
        print_json({**imported.to_json(), "folder": None if imported.refused else str(out)})
    else:
        _show(imported, file, out)
    lost = imported.count("refused") + imported.count("left_out") + imported.count("protection")
    sys.exit(1 if imported.refused or (strict and lost) else 0)


def refusal(where: str, sentence: str) -> Note:
    """A fault of a file's place as a note."""
    name, line, _ = where.rsplit(":", 2)
    return Note("refused", Where(0, int(line), name), sentence)


def _write(out: Path, imported: Imported, product: str) -> None:
    """All files or none; the folder is loaded once, so that a fault of ours is seen here and not by the server."""
    out.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    try:
        for name, data in imported.files.items():
            written.append(out / name)
            replace_file(out / name, _text(name, data, product))
        load(out)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise


def _text(name: str, data: Any, product: str) -> bytes:
    head = f"# {name}: imported from {product}'s configuration. What nobody had written is `assumed`: look at it.\n\n"
    plain = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return (head + plain).encode()


class _Dumper(yaml.SafeDumper):
    """Writes no anchors, which our files may not have."""


# Our reader takes 4e7 for a number, which YAML 1.1 does not: as a text it needs quotes.
_Dumper.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), list("-+.0123456789")
)
_Dumper.ignore_aliases = lambda *_: True  # type: ignore[method-assign]


def _show(imported: Imported, file: Path, out: Path) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for kind in KINDS:
        notes = [note for note in imported.notes if note.kind == kind]
        if not notes or (imported.refused and kind in ("carried", "unused")):
            continue
        heading = SKIPPED if kind == "refused" and not imported.refused else HEADINGS[kind]
        console.print(f"[{_STYLES.get(kind, 'bold')}]{heading}[/]")
        for note in notes:
            console.print(f"  [dim]{escape(str(note.where))}[/]  {escape(note.sentence)}")
        console.print()
    _end(console, imported, file, out)


def _end(console: Console, imported: Imported, file: Path, out: Path) -> None:
    if imported.refused:
        many = imported.count("refused")
        rest = " Mend them, or write the rest with --skip-refused." if imported.rest else ""
        console.print(
            f"[bold red]Nothing was written:[/] {many} fault{'' if many == 1 else 's'} in {escape(file.name)}.{rest}"
        )
        return
    console.print("What is left to do")
    for command in (f"fungible policy lint --config {out}", *imported.commands):
        console.print(f"  {escape(command.replace('--config DIR', f'--config {out}'))}")
    models = len(imported.files["catalog.yaml"]["models"])
    console.print(
        f"\n{escape(str(out))}: {models} model{'' if models == 1 else 's'}; `auto` means {escape(imported.default)!r}. "
        f"{imported.count('protection')} stop protecting, {imported.count('meaning')} change, "
        f"{imported.count('left_out') + imported.count('refused')} left out, {imported.count('assumed')} to look at."
    )
