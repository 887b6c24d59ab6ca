"""The file of stakes is refused with a sentence where it is missing or damaged; a small one reads as it says."""

from pathlib import Path

import numpy as np
import pytest

from router.errors import ConfigError
from router.reading.stakes.stakes_file import NAME, load_stakes, load_weights
from router.reading.stakes.stakes_reader import REMEMBERED, StakesReader
from router.reading.stakes.word_pieces import COLUMNS


def letters(*lines: str) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    return np.frombuffer("\n".join(lines).encode(), np.uint8)


def write(folder: Path, columns: int = COLUMNS) -> None:
    np.savez(
        folder / NAME,
        pieces=np.zeros(columns, np.int8),
        words=letters("grave", "毒"),
        word_scores=np.array([2.0, 1.0], np.float32),
        neighbours=letters("very grave", "毒 毒 毒"),
        neighbour_weights=np.array([3.0, 4.0], np.float32),
        numbers=np.array([-1.0, 0.5, 1.0, 0.1]),
    )


def test_a_small_file_is_read_as_it_says(tmp_path: Path) -> None:
    write(tmp_path)
    reader = load_stakes(tmp_path)
    assert reader.margin("grave") == pytest.approx(-1 + 2 - 0.5)
    assert reader.margin("very grave") == pytest.approx(-1 + 2 + 3 - 0.5)
    assert reader.margin("毒毒毒") == pytest.approx(-1 + 3 + 4 - 0.5)
    assert reader.margin("a very grave thing\nthat is all of it") == pytest.approx(-1 + 5 - 0.5 - 1)
    assert reader.margin("so it goes on " * 30 + "very grave") == pytest.approx(-1 + 5 - 0.5)
    assert reader.margin("") == pytest.approx(-1.5)
    assert reader.read(["", "very grave"]) == "high"
    assert reader.read(["grave", ""]) == "high"
    assert reader.read(["so"]) == "ordinary"


def test_what_is_remembered_of_words_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    monkeypatch.setattr("router.reading.stakes.stakes_reader.REMEMBERED", 1)
    reader = StakesReader(load_weights(tmp_path))
    assert [reader.margin(text) for text in ("abcd", "efgh", "ijkl", "grave")][-1] == pytest.approx(0.5)
    assert REMEMBERED > 1


def test_a_missing_or_damaged_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_stakes(tmp_path)
    (tmp_path / NAME).write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(ConfigError, match="is damaged"):
        load_stakes(tmp_path)
    write(tmp_path, 7)
    with pytest.raises(ConfigError, match="shape"):
        load_stakes(tmp_path)
