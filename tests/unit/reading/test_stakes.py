"""What is read of stakes: the labelled set, typing errors, long texts, conversations, and what follows for a choice."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.config import load
from router.decision.decide import decide
from router.decision.features import excerpt, read
from router.decision.resolve import resolve
from router.decision.scoring import sober_quality
from router.errors import NoCandidate
from router.reading.artefact import load_reader
from router.reading.languages.letters import folded, words_of
from router.reading.packed.packed_words import pack
from router.reading.stakes.stakes_file import load_stakes
from router.reading.stakes.stakes_reader import StakesReader, StakesWeights
from router.reading.stakes.word_pieces import COLUMNS
from router.reading.training.stakes.stakes_measures import Labelled, labelled_set
from router.reading.vocabulary import tokens
from router.types import Caller, ChatRequest, EmbeddingRequest, Features, Message, Situation

FLOOR = 0.85
NOW = Situation(date(2026, 11, 1))
CONFIG = load()
LABELLED = labelled_set()
GRAVE = [
    "I want to die",
    "my babby swalowed a buton battry",
    "Mi hijo de tres años tiene 40 de fiebre y el cuello rígido",
    "strcpy(buf, argv[1]); is this exploitable?",
    "Do we need a DPIA?",
    "Our S3 bucket was open to the public for a week",
    "What happens if I die without a will?",
    "상대방 몰래 통화를 녹음해도 되나요?",
    "이를 뽑았는데 운동해도 되나요?",
]
ORDINARY = [
    "say hi",
    "hi",
    "ok",
    "네",
    "고마워요",
    "好的",
    "lol",
    "no",
    "omg stop!",
    "哈哈",
    "não",
    "不",
    "thanks!",
    "What language is this?\n" + "// comment\n" * 120,
    "Is P = NP?",
    "Write an OS kernel",
]


def stakes(*turns: str) -> str:
    roles = ("user", "assistant")
    messages = tuple(Message(roles[place % 2], text) for place, text in enumerate(turns))  # type: ignore[arg-type]
    return load_reader().read(excerpt(messages)).stakes


@pytest.mark.parametrize("text", GRAVE)
def test_what_may_cost_a_person_much_is_high_and_goes_to_no_weak_model(text: str) -> None:
    assert stakes(text) == "high"
    features = read(ChatRequest("auto", (Message("user", text),)), load_reader(), len)
    for policy in CONFIG.policies:
        decision = decide(features, resolve(policy, CONFIG, unit="u"), NOW, CONFIG)
        offered = [c.model for c in decision.candidates if not c.excluded]
        assert all(sober_quality(model) >= FLOOR for model in CONFIG.models if model.id in offered), policy


@pytest.mark.parametrize("text", ORDINARY)
def test_what_costs_nobody_anything_is_ordinary(text: str) -> None:
    assert stakes(text) == "ordinary"


def shares(held_out: bool) -> tuple[float, float]:
    said = [(text, load_stakes().read([text.text]) == "high") for text in LABELLED if text.held_out == held_out]
    high, ordinary = ([hit for text, hit in said if text.high == kind] for kind in (True, False))
    return sum(high) / len(high), sum(ordinary) / len(ordinary)


def test_the_labelled_set_is_large_and_half_of_it_is_held_out() -> None:
    assert len(LABELLED) >= 400
    held_out = [text for text in LABELLED if text.held_out]
    assert len(held_out) >= len(LABELLED) // 2 - 20
    assert {text.language for text in held_out} == {"en", "ko", "ja", "zh", "es", "de", "fr", "pt"}
    assert len({text.text for text in LABELLED}) == len(LABELLED)


def misspelt(text: Labelled) -> str:
    """Two letters in the middle of its longest word, turned round."""
    longest = max(text.text.split(), key=len)
    middle = len(longest) // 2
    turned = longest[: middle - 1] + longest[middle] + longest[middle - 1] + longest[middle + 1 :]
    return text.text.replace(longest, turned, 1)


def test_a_stakes_word_that_is_misspelt_is_still_known() -> None:
    texts = [text for text in LABELLED if text.high and text.language in ("en", "es", "de", "fr", "pt")]
    still = [load_stakes().read([misspelt(text)]) == "high" for text in texts]
    assert sum(still) / len(still) >= 0.9


def test_a_grave_sentence_in_a_long_text_is_seen() -> None:
    filler = "The garden club met on Tuesday and talked about the new tomato beds and the hose. " * 6
    grave = "My daughter swallowed a button battery and she is choking, what should I do?"
    assert stakes(filler) == "ordinary"
    assert stakes(f"{filler} {grave} {filler}") == "high"


def test_a_conversation_stays_grave_but_an_answer_makes_it_not_so() -> None:
    assert stakes("My baby swallowed a coin and can't breathe", "Call an ambulance now.", "ok and then?") == "high"
    assert stakes("Name three fish", "Trout. In an overdose or an emergency call a doctor.", "thanks!") == "ordinary"


def test_accents_case_and_width_make_no_difference() -> None:
    assert folded("Größe ÉTÉ Ｎｏ") == "grosse ete no"
    assert words_of(folded("l'eau 42 가나 漢字か")) == ["l", "eau", "42", "가나", "漢", "字", "か"]


def test_vectors_and_speech_have_ordinary_stakes() -> None:
    vectors = EmbeddingRequest("auto", (Message("user", GRAVE[0]),))
    assert read(vectors, load_reader(), len).stakes == "ordinary"


def grave(features: Features) -> Features:
    return replace(features, task="chat", difficulty=-3.0, stakes="high")


def test_a_model_that_was_named_answers_rather_than_nobody() -> None:
    features = grave(read(ChatRequest("gpt-5-nano", (Message("user", "hi"),)), load_reader(), len))
    named = resolve("gpt-5-nano", CONFIG, unit="u", caller=Caller())
    assert decide(features, named, NOW, CONFIG).chosen == "gpt-5-nano"


def test_where_no_model_reaches_the_floor_the_error_says_so() -> None:
    features = grave(read(ChatRequest("balanced", (Message("user", "hi"),)), load_reader(), len))
    down = Situation(NOW.day, unhealthy=("gpt-5", "gpt-5-mini", "mai-1"))
    with pytest.raises(NoCandidate, match=r"floor 0\.85 for high stakes"):
        decide(features, resolve("balanced", CONFIG, unit="u"), down, CONFIG)


@given(st.lists(st.sampled_from([text.text for text in LABELLED]), min_size=1, max_size=6), st.sampled_from(". ,\n。 "))
def test_what_is_not_looked_up_changes_no_answer(texts: list[str], mark: str) -> None:
    reader = load_stakes()
    text = mark.join(texts)
    assert (reader.read([text]) == "high") == (reader.margin(text) > 0)


def test_a_leaning_moves_the_threshold() -> None:
    reader = StakesReader(StakesWeights(np.zeros(COLUMNS, np.float32), pack({"grave": 3.0}), pack({}), -1.0, 0.0, 1.0))
    for text in ("so it goes", "grave", "so it goes. a grave thing. and on", "毒毒"):
        for away in (-0.01, 0.01):
            assert reader.is_high(tokens(folded(text)), away - reader.margin(text)) == (away > 0), text


def test_the_most_that_tokens_add_is_remembered_in_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.reading.stakes.stakes_reader.REMEMBERED", 2)
    reader = StakesReader(StakesWeights(np.zeros(COLUMNS, np.float32), pack({"grave": 3.0}), pack({}), -1.0, 0.0, 1.0))
    assert [reader.read([text]) for text in ("so it goes", "grave", "on and on", "grave")] == ["ordinary", "high"] * 2
