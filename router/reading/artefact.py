"""Loads a fitted reader from its folder: `reader.npz`, the arrays, and `manifest.json`, what they are.

Invariant: nothing is unpickled, and nothing is used unless its hash, its format, its tasks and its shapes are right;
what is wrong is said in one sentence. The folder that is shipped is read once, when a reader is first asked for.
"""

import json
from collections.abc import Mapping
from functools import cache
from hashlib import file_digest
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, cast
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from router.errors import ConfigError
from router.reading.learned import Calibration, LearnedReader, Weights
from router.reading.packed.mapped_arrays import mapped_arrays
from router.reading.packed.packed_words import PackedWords
from router.reading.packed.split_table import SplitTable
from router.reading.signals import BURDENS, Lexicon
from router.reading.stakes.stakes_file import load_stakes
from router.types import TASKS

FORMAT = 3
ARRAYS, MANIFEST = "reader.npz", "manifest.json"
KINDS = {
    "words": np.uint8,
    "word_rows": np.int32,
    "table": np.int8,
    "cued_rows": np.int32,
    "word_cues": np.int8,
    "phrases": np.uint8,
    "phrase_cues": np.int8,
    "scale": np.float32,
    "task_weights": np.float32,
    "task_offsets": np.float32,
    "difficulty_weights": np.float32,
    "burden_weights": np.float32,
    "task_levels": np.float32,
}
Arrays = Mapping[str, NDArray[Any]]


def load_reader(folder: Traversable | None = None) -> LearnedReader:
    """The reader in a folder (a `Path` will do), or the one that is shipped."""
    return _shipped() if folder is None else _load(folder)


@cache
def _shipped() -> LearnedReader:
    return _load(files("router.reading").joinpath("artefact"))


def _load(folder: Traversable) -> LearnedReader:
    try:
        manifest = _manifest(folder)
        arrays = _arrays(folder, str(manifest.get("sha256")))
        lexicon = _lexicon(arrays)
        calibration = Calibration(**manifest["calibration"])
        return LearnedReader(lexicon, _weights(arrays, lexicon), calibration, load_stakes())
    except OSError as error:
        raise ConfigError([f"The reader in {folder} cannot be read: {error.strerror or error}."]) from None
    except (ValueError, KeyError, TypeError, BadZipFile) as error:
        raise ConfigError([f"The reader in {folder} is damaged: {error}."]) from None


def _manifest(folder: Traversable) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(folder.joinpath(MANIFEST).read_text(encoding="utf-8"))
    if manifest.get("format") != FORMAT:
        format_ = manifest.get("format")
        raise ConfigError(
            [f"The reader in {folder} has format {format_!r}, and this version reads {FORMAT}: fit it again."]
        )
    if manifest.get("tasks") != list(TASKS):
        raise ConfigError([f"The reader in {folder} was fitted for other tasks than {', '.join(TASKS)}: fit it again."])
    return manifest


def _arrays(folder: Traversable, sha256: str) -> Arrays:
    place = folder.joinpath(ARRAYS)
    with place.open("rb") as file:
        actual = file_digest(cast(Any, file), "sha256").hexdigest()
    if actual != sha256:
        sentence = f"{ARRAYS} in {folder} is not the file that its manifest describes: its sha256 is {actual[:12]}…"
        raise ConfigError([f"{sentence}, not {sha256[:12]}…; fetch or fit it again."])
    arrays = mapped_arrays(place)
    for name, kind in KINDS.items():
        if arrays[name].dtype != kind:
            raise ValueError(f"{name} holds {arrays[name].dtype}, not {np.dtype(kind)}")
    return arrays


def _lexicon(arrays: Arrays) -> Lexicon:
    phrases = _lines(arrays["phrases"])
    rows, table, cues = arrays["word_rows"], _table(arrays), arrays["phrase_cues"]
    _expect("word_rows", rows, None)
    words: PackedWords[int] = PackedWords(arrays["words"].tobytes(), rows)
    _expect("phrase_cues", cues, len(phrases), table.seldom.shape[1])
    _expect("scale", arrays["scale"])
    if rows.min() < 0 or rows.max() >= table.shape[0]:
        raise ValueError("word_rows points outside the table")
    lexicon = Lexicon(words, table, phrases, cues, float(arrays["scale"]), len(TASKS))
    if lexicon.meaning < 1:
        raise ValueError(f"table has only {table.common.shape[1]} columns")
    return lexicon


def _table(arrays: Arrays) -> SplitTable:
    """What is known of words: few have cues, so those are kept for these alone."""
    common, rows, cues = arrays["table"], arrays["cued_rows"], arrays["word_cues"]
    _expect("table", common, None, None)
    if rows.ndim != 1 or cues.ndim != 2 or len(rows) != len(cues):
        raise ValueError(f"cued_rows has the shape {rows.shape}, word_cues {cues.shape}: not a row for each")
    if len(rows) and (rows[0] < 0 or rows[-1] >= len(common) or (np.diff(rows) <= 0).any()):
        raise ValueError("cued_rows does not name rows of the table in ascending order")
    return SplitTable(common, rows, cues)


def _weights(arrays: Arrays, lexicon: Lexicon) -> Weights:
    _expect("task_weights", arrays["task_weights"], lexicon.signals, len(TASKS))
    _expect("task_offsets", arrays["task_offsets"], len(TASKS))
    _expect("difficulty_weights", arrays["difficulty_weights"], lexicon.signals)
    _expect("burden_weights", arrays["burden_weights"], BURDENS)
    _expect("task_levels", arrays["task_levels"], len(TASKS))
    return Weights(
        arrays["task_weights"],
        arrays["task_offsets"],
        arrays["difficulty_weights"],
        arrays["burden_weights"].tolist(),
        arrays["task_levels"].tolist(),
    )


def _expect(name: str, array: NDArray[Any], *shape: int | None) -> None:
    """Raise ValueError unless the array has that shape; None means any size above 0."""
    fits = len(array.shape) == len(shape) and all(
        size > 0 and wanted in (None, size) for size, wanted in zip(array.shape, shape, strict=True)
    )
    if not fits:
        wanted = " x ".join("any" if size is None else str(size) for size in shape) or "a single number"
        raise ValueError(f"{name} has the shape {array.shape}, not {wanted}")


def _lines(letters: NDArray[Any]) -> tuple[str, ...]:
    return tuple(letters.tobytes().decode("utf-8").split("\n"))
