"""Loads what is known of the languages of words, which is shipped beside the reader."""

from functools import cache
from importlib.resources import files

import numpy as np

from router.reading.languages.language_votes import LanguageVotes, LanguageWeights, votes_of

NAME = "languages.npz"


@cache
def load_votes() -> LanguageVotes:
    """The votes that are shipped."""
    with (
        files("router.reading").joinpath("artefact", NAME).open("rb") as file,
        np.load(file, allow_pickle=False) as stored,
    ):
        table = stored["table"].astype(np.float32)
        common = stored["common"].tobytes().decode("utf-8").split("\n")
    return LanguageVotes(LanguageWeights(table, {word: votes_of(word, table) for word in common}))
