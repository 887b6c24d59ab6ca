"""A short turn is read with what came before it, by the shipped reader and by a fitted one; thanks ask for nothing."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from router.api.assembly import reader_of, shipped_reader
from router.bench.routing.fitting import keep, learn
from router.decision.features import excerpt
from router.reading.fit_reader import fit, look
from router.reading.fitted import FittedReader
from router.reading.learned import subject
from router.reading.politeness import only_thanks
from router.tokens import ids
from router.types import TASKS, Message, Reader
from routing.test_fit import EASY, HARD, table

PROOF = "Prove that every finite integral domain is a field, and derive the structure of its multiplicative group."
JOKE = "Tell me a joke about ducks"


def difficulty(reader: Reader, *turns: str) -> float:
    roles = ("user", "assistant")
    messages = tuple(Message(roles[place % 2], text) for place, text in enumerate(turns))  # type: ignore[arg-type]
    return reader.read(excerpt(messages)).difficulty


def test_going_on_under_a_fitted_reader_is_as_hard_as_what_goes_on(tmp_path: Path) -> None:
    source = tmp_path / "outcomes.csv"
    source.write_text("prompt,strong,weak\n")
    keep(
        learn(table(), shipped_reader(), None, None, lambda: None, rounds=100),
        source,
        tmp_path / "fit",
        date(2026, 11, 21),
    )
    reader = reader_of(tmp_path / "fit")
    easy, hard = (f"Question 9: {' '.join(words[:4])}?" for words in (EASY, HARD))
    before = reader.read(excerpt((Message("user", hard), Message("assistant", "Yes."), Message("user", "Yes, go on"))))
    after = reader.read(excerpt((Message("user", easy), Message("assistant", "Yes."), Message("user", "Yes, go on"))))
    assert before.difficulty > after.difficulty + 0.2


def test_every_turn_of_the_user_is_read_and_one_text_as_in_fitting() -> None:
    planted = table(200)
    texts = look(planted.prompts, dict.fromkeys(planted.prompts, 0), ids)
    fitted = fit(texts, planted.scores, len(TASKS))
    reader = FittedReader(shipped_reader(), fitted, ids)
    hard, easy = (f"Question 9: {' '.join(words[:4])}?" for words in (HARD, EASY))
    filler = "And please answer the question above as carefully and with as many reasons as you can find."
    assert difficulty(reader, hard, "No.", filler) > difficulty(reader, easy, "No.", filler)
    assert difficulty(reader, hard, "No.", "thanks!") == difficulty(reader, "thanks!")
    together = fitted.traits(texts)
    apart = np.array([reader.traits(prompt) for prompt in planted.prompts])
    np.testing.assert_allclose(apart, together, atol=1e-4)


def test_thanks_after_a_proof_are_easy_and_going_on_is_not() -> None:
    thanks = difficulty(shipped_reader(), PROOF, "First, let x be nonzero.", "thanks!")
    on = difficulty(shipped_reader(), PROOF, "First, let x be nonzero.", "Yes, go on")
    assert thanks == difficulty(shipped_reader(), "thanks!")
    assert on > thanks + 1
    assert on > difficulty(shipped_reader(), JOKE, "Quack.", "Yes, go on")


@pytest.mark.parametrize(
    "text",
    [
        "thanks!",
        "ok thanks a lot",
        "고마워요",
        "정말 감사합니다!",
        "ありがとうございます",
        "谢谢",
        "muchas gracias",
        "vielen Dank",
        "merci",
        "obrigada",
    ],
)
def test_thanks_are_known_in_eight_languages(text: str) -> None:
    assert only_thanks(text)


@pytest.mark.parametrize(
    "text", ["", "ok", "yes, go on", "thanks, now prove the converse", "Thanksgiving dinner ideas"]
)
def test_what_asks_for_more_is_no_mere_thanks(text: str) -> None:
    assert not only_thanks(text)
    conversation = (Message("user", PROOF), Message("assistant", "So."), Message("user", text or "go on"))
    assert PROOF in subject(excerpt(conversation))
