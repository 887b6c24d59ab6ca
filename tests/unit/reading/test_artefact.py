"""A reader is loaded only where its files are whole, of this format, and of the right shapes; nothing is unpickled."""

import json
import pickle
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from router.errors import ConfigError
from router.reading.artefact import ARRAYS, MANIFEST, load_reader
from router.types import Excerpt
from unit.learned_samples import shipped, tiny_reader

TEXT = Excerpt("Please solve this, then translate the poem?", "", "", 40)


def manifest_of(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return manifest


def change_manifest(folder: Path, **changes: Any) -> None:
    (folder / MANIFEST).write_text(json.dumps(manifest_of(folder) | changes), encoding="utf-8")


def change_arrays(folder: Path, **changes: Any) -> None:
    """Replace arrays (or remove those that are None), and make the manifest agree."""
    with np.load(folder / ARRAYS, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files} | changes
    np.savez(folder / ARRAYS, **{name: array for name, array in arrays.items() if array is not None})
    change_manifest(folder, sha256=sha256((folder / ARRAYS).read_bytes()).hexdigest())


def refusal(folder: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_reader(folder)
    return caught.value.message


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    saved = tiny_reader(tmp_path, date="2026-11-21")
    assert load_reader(tmp_path).read(TEXT) == saved.read(TEXT)
    assert manifest_of(tmp_path)["date"] == "2026-11-21"


def test_the_shipped_reader_is_loaded_once_and_says_what_it_is() -> None:
    assert load_reader() is shipped()
    folder = Path(__file__).parents[3] / "router" / "reading" / "artefact"
    manifest = manifest_of(folder)
    assert manifest["bytes"] == (folder / ARRAYS).stat().st_size <= 10_000_000
    assert all(source["licence"] for source in manifest["inputs"])
    assert {"date", "measures", "retrain", "sizes"} <= set(manifest)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in refusal(tmp_path)
    tiny_reader(tmp_path)
    (tmp_path / ARRAYS).unlink()
    assert "cannot be read: No such file" in refusal(tmp_path)


def test_a_damaged_file_is_refused_by_its_hash(tmp_path: Path) -> None:
    tiny_reader(tmp_path)
    stored = bytearray((tmp_path / ARRAYS).read_bytes())
    stored[len(stored) // 2] ^= 1
    (tmp_path / ARRAYS).write_bytes(stored)
    assert "is not the file that its manifest describes" in refusal(tmp_path)


def test_a_manifest_that_is_no_json_is_refused(tmp_path: Path) -> None:
    tiny_reader(tmp_path)
    (tmp_path / MANIFEST).write_text("{", encoding="utf-8")
    assert "is damaged" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"format": 1}, "has format 1, and this version reads 3"),
        ({"tasks": ["chat"]}, "was fitted for other tasks"),
        ({"calibration": {"temperature": 1.0}}, "is damaged"),
    ],
)
def test_another_version_is_refused(tmp_path: Path, changes: dict[str, Any], expected: str) -> None:
    tiny_reader(tmp_path)
    change_manifest(tmp_path, **changes)
    assert expected in refusal(tmp_path)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"task_offsets": np.zeros(13, np.float32)}, "task_offsets has the shape (13,), not 14"),
        ({"task_weights": np.zeros((3, 14), np.float32)}, "task_weights has the shape (3, 14)"),
        ({"difficulty_weights": np.zeros(3, np.float32)}, "difficulty_weights has the shape (3,)"),
        ({"table": np.zeros((3, 9), np.int8)}, "outside the table"),
        ({"table": np.zeros((90, 9), np.int8)}, "only 9 columns"),
        ({"table": np.zeros(90, np.int8)}, "not any x any"),
        ({"cued_rows": np.zeros(2, np.int32)}, "cued_rows has the shape (2,), word_cues (0, 1): not a row for each"),
        (
            {"cued_rows": np.array([90], np.int32), "word_cues": np.ones((1, 1), np.int8)},
            "cued_rows does not name rows",
        ),
        ({"scale": np.zeros(2, np.float32)}, "not a single number"),
        ({"scale": np.float64(1)}, "scale holds float64, not float32"),
        ({"words": None}, "words"),
    ],
)
def test_wrong_shapes_are_refused(tmp_path: Path, changes: dict[str, Any], expected: str) -> None:
    tiny_reader(tmp_path)
    change_arrays(tmp_path, **changes)
    assert expected in refusal(tmp_path)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    tiny_reader(tmp_path)
    change_arrays(tmp_path, words=np.array([{"an": "object"}], dtype=object))
    assert "never unpickled" in refusal(tmp_path)
    (tmp_path / ARRAYS).write_bytes(pickle.dumps({}))
    change_manifest(tmp_path, sha256=sha256((tmp_path / ARRAYS).read_bytes()).hexdigest())
    assert "is damaged" in refusal(tmp_path)
