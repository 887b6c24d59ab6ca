"""Writes a fitted reader as the folder that `router.reading.artefact` loads.

Invariant: the manifest describes exactly the arrays next to it.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from router.reading.artefact import ARRAYS, FORMAT, KINDS, MANIFEST
from router.reading.learned import Calibration, LearnedReader, Weights
from router.reading.packed.packed_words import pack
from router.reading.packed.split_table import SplitTable, split
from router.reading.signals import Lexicon
from router.types import TASKS


def save(
    folder: Path, lexicon: Lexicon, weights: Weights, calibration: Calibration, about: dict[str, Any]
) -> LearnedReader:
    """Write both files, and give the reader that they hold."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {name: np.asarray(value, KINDS[name]) for name, value in _arrays(lexicon, weights).items()}
    # Not compressed, so that what is loaded is a view of the file.
    np.savez(folder / ARRAYS, **arrays)  # type: ignore[arg-type]
    stored = (folder / ARRAYS).read_bytes()
    manifest = {
        "format": FORMAT,
        "name": LearnedReader.name,
        "sha256": sha256(stored).hexdigest(),
        "bytes": len(stored),
        "tasks": list(TASKS),
        "sizes": {"words": len(lexicon.rows), "phrases": len(lexicon.phrases), "signals": lexicon.signals},
        "calibration": asdict(calibration),
        **about,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return LearnedReader(lexicon, weights, calibration)


def _arrays(lexicon: Lexicon, weights: Weights) -> dict[str, Any]:
    words, table = pack(lexicon.rows, np.int32), lexicon.table
    if not isinstance(table, SplitTable):
        table = split(table, lexicon.cues)
    return {
        "words": _letters(list(words)),
        "word_rows": list(words.values()),
        "table": table.common,
        "cued_rows": table.seldom_rows,
        "word_cues": table.seldom,
        "phrases": _letters(lexicon.phrases),
        "phrase_cues": lexicon.phrase_cues,
        "scale": lexicon.scale,
        "task_weights": weights.tasks,
        "task_offsets": weights.task_offsets,
        "difficulty_weights": weights.difficulty,
        "burden_weights": weights.burdens,
        "task_levels": weights.levels,
    }


def _letters(words: Sequence[str]) -> Any:
    return np.frombuffer("\n".join(words).encode("utf-8"), np.uint8)
