"""What it takes to repeat a benchmark: what was asked, hashes of all that was read, seeds, versions, and the figures.

Invariant: a run that is repeated reads the same bytes, or is refused with what has changed; its figures are compared
with those of the manifest, digit by digit.
"""

import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from os.path import relpath
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from router.bench.routing.compare_readers import Report
from router.bench.routing.records.ci_gate import kept_draws, resamples_of
from router.config.files.text_file import read_text
from router.errors import ConfigError

KIND = "fungible.bench-routing"
PATHS = ("data", "prices", "config", "fitted")
READER = "reader:"
CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest: the options with their paths, hashes by path, versions, and the figures as plain data."""

    options: Mapping[str, Any]
    hashes: Mapping[str, str]
    versions: Mapping[str, str]
    figures: Sequence[Any]


def write_manifest(path: Path, options: Mapping[str, Any], reports: Sequence[Report]) -> None:
    """Write it; its paths are from its own folder. Raises ConfigError."""
    folder = path.resolve().parent
    named = {
        key: _moved(key, value, lambda place: relpath(Path(place).resolve(), folder)) for key, value in options.items()
    }
    listed = [place for key in PATHS for place in (named.get(key) if key == "data" else [named.get(key)]) or []]
    listed += [word.removeprefix(READER) for word in named.get("compare") or [] if word.startswith(READER)]
    plain = {
        "kind": KIND,
        "command": _command(named),
        "options": named,
        "sha256": {name: hash_of(folder / name) for name in listed if name},
        "versions": versions(),
        "figures": figures_of(reports),
        "resamples": resamples_of(reports, options.get("rounds", 0), options.get("seed", 0)),
        "draws": kept_draws(reports),
    }
    try:
        path.write_bytes(_spelled(plain))
    except OSError as error:
        raise ConfigError([f"{path}: cannot be written: {error.strerror}"]) from None


def read_manifest(path: Path) -> Manifest:
    """A manifest with its paths as they are from here; raises ConfigError where one of its files has changed."""
    try:
        plain = orjson.loads(read_text(path))
        options, hashes, figures = plain["options"], plain["sha256"], plain["figures"]
        known = plain["kind"] == KIND and isinstance(options["data"], list)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError([f"{path}: is no manifest of `bench routing` ({error})"]) from None
    if not known:
        raise ConfigError([f"{path}: is no manifest of `bench routing`"])
    folder = path.resolve().parent
    changed = [name for name, digest in hashes.items() if hash_of(folder / name) != digest]
    if changed:
        sentence = "is not there any more, or not what it was when the manifest was written"
        raise ConfigError([f"{path}: {folder / name} {sentence}" for name in changed])
    here = {key: _moved(key, value, lambda place: str(folder / place)) for key, value in options.items()}
    return Manifest(here, hashes, plain["versions"], figures)


def figures_of(reports: Sequence[Report]) -> list[Any]:
    """The figures as they are kept: plain data without what is not finite, which JSON does not know."""
    plain = [report.plain() for report in reports]
    kept: list[Any] = orjson.loads(orjson.dumps(plain, option=orjson.OPT_SERIALIZE_NUMPY))
    return kept


def changes(before: Any, after: Any, place: str = "") -> list[str]:
    """Where two runs differ, by the names on the way there."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = dict.fromkeys([*before, *after])
        return [line for key in keys for line in changes(before.get(key), after.get(key), f"{place}.{key}".strip("."))]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return [line for number, (old, new) in pairs for line in changes(old, new, f"{place}[{number}]")]
    numbers = isinstance(before, (int, float)) and isinstance(after, (int, float))
    if before == after or (numbers and bool(np.isclose(before, after, rtol=CLOSE, atol=CLOSE))):
        return []
    return [f"{place}: {before} became {after}"]


def hash_of(path: Path) -> str:
    """The hash of a file, or of the names and files of a folder; nothing where there is none."""
    if path.is_file():
        return sha256(path.read_bytes()).hexdigest()
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else []
    digest = sha256()
    for file in files:
        digest.update(f"{file.relative_to(path)}\0{sha256(file.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest() if files else ""


def versions() -> dict[str, str]:
    """What the figures may depend on."""
    return {
        "fungible": version("fungible"),
        "numpy": np.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
    }


def _command(options: Mapping[str, Any]) -> str:
    words = ["fungible bench routing", *map(str, options["data"])]
    for key, value in options.items():
        if key != "data" and value not in (None, [], ()):
            several = value if isinstance(value, list) else [value]
            words += [f"--{key.replace('_', '-')} {each}" for each in several]
    return " ".join(words)


def _spelled(plain: dict[str, Any]) -> bytes:
    """As JSON for people, with the draws in one line at the end."""
    draws = orjson.dumps(plain.pop("draws"))
    head = orjson.dumps(plain, option=orjson.OPT_INDENT_2).removesuffix(b"\n}")
    return head + b',\n  "draws": ' + draws + b"\n}\n"


def _moved(key: str, value: Any, move: Callable[[str], str]) -> Any:
    """An option with its paths as they are from elsewhere."""
    if value is None or key not in (*PATHS, "compare"):
        return value
    if key == "compare":
        return [READER + move(word.removeprefix(READER)) if word.startswith(READER) else word for word in value]
    return [move(str(each)) for each in value] if isinstance(value, list) else move(str(value))
