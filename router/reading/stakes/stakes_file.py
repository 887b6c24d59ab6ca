"""Loads the fitted model of stakes, which is shipped beside the reader.

Invariant: nothing is unpickled; a file that is not as it was written is refused with a sentence.
"""

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any
from zipfile import BadZipFile

import numpy as np

from router.errors import ConfigError
from router.reading.packed.packed_words import PackedWords
from router.reading.stakes.stakes_reader import StakesReader, StakesWeights
from router.reading.stakes.word_pieces import COLUMNS

NAME = "stakes.npz"


def load_stakes(folder: Traversable | None = None) -> StakesReader:
    """The reader of stakes in a folder, or the one that is shipped."""
    return _shipped() if folder is None else StakesReader(load_weights(folder))


@cache
def _shipped() -> StakesReader:
    return StakesReader(load_weights(files("router.reading").joinpath("artefact")))


def load_weights(folder: Traversable) -> StakesWeights:
    """The weights in a folder."""
    try:
        with folder.joinpath(NAME).open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return _weights(stored)
    except OSError as error:
        raise ConfigError([f"{NAME} in {folder} cannot be read: {error.strerror or error}."]) from None
    except (ValueError, KeyError, BadZipFile) as error:
        raise ConfigError([f"{NAME} in {folder} is damaged: {error}."]) from None


def _weights(stored: Any) -> StakesWeights:
    bias, threshold, caution, scale = stored["numbers"].tolist()
    if stored["pieces"].shape != (COLUMNS,):
        raise ValueError(f"pieces has the shape {stored['pieces'].shape}, not ({COLUMNS},)")
    return StakesWeights(
        stored["pieces"].astype(np.float32) * np.float32(scale),
        PackedWords(stored["words"].tobytes(), stored["word_scores"]),
        PackedWords(stored["neighbours"].tobytes(), stored["neighbour_weights"]),
        bias,
        threshold,
        caution,
    )
