"""A fitted reader on disk: arrays, a manifest, and a catalog fragment.

Invariant: loading never executes anything from the file (no pickle), and a file that is not what its manifest says is
refused, as is a fit that is not finite, when it is written and when it is read.
"""

from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from router.config.files.yaml_source import read
from router.errors import ConfigError
from router.reading.answer_lengths import AnswerLengthFit, Habits
from router.reading.fit_reader import Fitted, Lens
from router.reading.irt import Chances
from router.reading.ngrams import COLUMNS
from router.reading.ridge import Line
from router.reading.validation.fit_checks import require_finite
from router.types import TASKS

ARRAYS, MANIFEST, FRAGMENT = "fit.npz", "manifest.json", "catalog-fragment.yaml"
FORMAT = 2


def save(folder: Path, fitted: Fitted, models: tuple[str, ...], manifest: dict[str, Any]) -> None:
    """Write a fit into a folder; the manifest is completed with format, hash and models. Raises ConfigError."""
    require_finite(fitted)
    folder.mkdir(parents=True, exist_ok=True)
    weights = np.stack([line.weights for line in fitted.lines])
    arrays = {
        "idf": fitted.lens.idf.astype(np.float16),
        "mean": fitted.lens.mean,
        "spread": fitted.lens.spread,
        "weights": weights.astype(np.float16),
        "intercepts": np.array([line.intercept for line in fitted.lines]),
        "abilities": fitted.chances.abilities,
        "loadings": fitted.chances.loadings,
        "scales": np.array([fitted.chances.slope, fitted.error]),
    }
    if (lengths := fitted.lengths) is not None:
        arrays |= {
            "length_weights": lengths.line.weights.astype(np.float16),
            "length_numbers": np.array([lengths.line.intercept, lengths.mean]),
            "length_habits": np.column_stack([lengths.habits.verbosity, lengths.habits.error, lengths.habits.loadings]),
        }
    np.savez_compressed(folder / ARRAYS, **arrays)  # type: ignore[arg-type]
    digest = sha256((folder / ARRAYS).read_bytes()).hexdigest()
    document = {"format": FORMAT, "sha256": digest, "models": models, **manifest}
    (folder / MANIFEST).write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")
    (folder / FRAGMENT).write_text(fragment(fitted, models, manifest), encoding="utf-8")


def load_fit(folder: Path) -> tuple[Fitted, dict[str, Any]]:
    """A fit and its manifest; raises ConfigError for anything that is not one, or that is damaged."""
    try:
        manifest = orjson.loads((folder / MANIFEST).read_bytes())
        raw = (folder / ARRAYS).read_bytes()
        if manifest["format"] != FORMAT:
            raise ConfigError(
                [f"{folder}: is of format {manifest['format']!r}; this version reads {FORMAT}: fit again"]
            )
        if sha256(raw).hexdigest() != manifest["sha256"]:
            raise ConfigError([f"{folder / ARRAYS}: is not the file that {MANIFEST} describes; fit again"])
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            fitted = _fitted(arrays)
        require_finite(fitted)
        return fitted, manifest
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError([f"{folder}: is not a fitted reader ({type(error).__name__}: {error})"]) from None


def is_reader_file(place: Path) -> bool:
    """Whether this names a reader of a plug-in, and not a folder that `fungible fit` wrote."""
    return place.suffix in (".yaml", ".yml")


def read_reader_file(path: Path) -> tuple[str, dict[str, object]]:
    """The name of a reader of a plug-in, and its settings; raises ConfigError."""
    source = read(path)
    data = source.data if isinstance(source.data, dict) else {}
    name, settings = data.get("reader"), data.get("settings", {})
    if not isinstance(name, str) or not isinstance(settings, dict) or data.keys() - {"reader", "settings"}:
        raise ConfigError([f"{source.at(())}: must be `reader: NAME` and, where it has any, `settings: {{...}}`"])
    return name, settings


def reader_warning(folder: Path | None) -> str:
    """A sentence about a fit that its own measures do not recommend, or nothing; raises ConfigError."""
    if folder is None or is_reader_file(folder) or load_fit(folder)[1].get("recommended", True):
        return ""
    return (
        f"The reader in {folder} is not recommended: what it learned is no better than random, or than a prompt's "
        "length, on prompts that it had not seen. Without --reader the shipped one reads."
    )


def _fitted(arrays: Any) -> Fitted:
    weights = arrays["weights"].astype(np.float64)
    mean, spread, idf = arrays["mean"], arrays["spread"], arrays["idf"].astype(np.float64)
    if idf.shape != (COLUMNS,) or weights.shape[1:] != (COLUMNS + len(mean),):
        raise ValueError("the arrays are of the wrong shape")
    lines = tuple(Line(row, float(start)) for row, start in zip(weights, arrays["intercepts"], strict=True))
    slope, error = arrays["scales"].tolist()
    chances = Chances(arrays["abilities"], arrays["loadings"], slope)
    return Fitted(Lens(idf, mean, spread), lines, chances, error, _lengths(arrays, lines))


def _lengths(arrays: Any, lines: tuple[Line, ...]) -> AnswerLengthFit | None:
    """What was learned of the lengths of answers, where anything was; raises ValueError for a wrong shape."""
    if "length_weights" not in arrays:
        return None
    weights, table = arrays["length_weights"].astype(np.float64), arrays["length_habits"]
    if weights.shape != lines[0].weights.shape or table.shape[1:] != (len(lines) + 3,):
        raise ValueError("the arrays of lengths are of the wrong shape")
    start, mean = arrays["length_numbers"].tolist()
    return AnswerLengthFit(Line(weights, start), mean, Habits(table[:, 0], table[:, 2:], table[:, 1]))


def fragment(fitted: Fitted, models: tuple[str, ...], manifest: dict[str, Any]) -> str:
    """Abilities and loadings of every model, to paste into the rows of catalog.yaml."""
    head = (
        "# Measured abilities, to stand in place of `abilities` in the rows of catalog.yaml. They belong to the\n"
        "# difficulty and traits of this fit: serve them with --reader pointing at this folder.\n"
    )
    parts = [head, "abilities:\n"]
    for model, values, loadings in zip(models, fitted.chances.abilities, fitted.chances.loadings, strict=True):
        paired = zip(TASKS, values.clip(-10, 10), strict=True)
        tasks = ", ".join(f"{task}: {value:.3f}" for task, value in paired)
        parts.append(
            f"  {orjson.dumps(model).decode()}:\n"
            f"    source: fit of {manifest['prompts']} prompts of {manifest['source']}\n"
            f"    date: {manifest['date']}\n    status: measured\n    values: {{{tasks}}}\n"
            f"    loadings: [{', '.join(f'{loading:.4f}' for loading in loadings)}]\n"
        )
    return "".join([*parts, *_length_fragment(fitted, models, manifest)])


def _length_fragment(fitted: Fitted, models: tuple[str, ...], manifest: dict[str, Any]) -> list[str]:
    """What was learned of the lengths of answers, for each model."""
    if fitted.lengths is None:
        return []
    habits, parts = fitted.lengths.habits, ["# How long models answer: a block `lengths` in the rows.\nlengths:\n"]
    for model, verbosity, loadings, error in zip(models, habits.verbosity, habits.loadings, habits.error, strict=True):
        parts.append(
            f"  {orjson.dumps(model).decode()}:\n"
            f"    source: fit of {manifest['prompts']} prompts of {manifest['source']}\n"
            f"    date: {manifest['date']}\n    status: measured\n    verbosity: {verbosity:.4f}\n"
            f"    loadings: [{', '.join(f'{loading:.4f}' for loading in loadings)}]\n    error: {error:.4f}\n"
        )
    return parts
