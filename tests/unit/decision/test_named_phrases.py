"""Named phrases: what a text says, in linear time, and nothing of its words in what is kept."""

import pytest
from builders import DAY, exchange, features
from hypothesis import given
from hypothesis import strategies as st

from router.config import load
from router.config.load import with_policies
from router.decision.counts.named_phrases import MOST_PHRASES, MOST_SEARCHED, said_in
from router.decision.decide import decide
from router.decision.explanation import explained
from router.decision.features import read
from router.decision.resolve import resolve
from router.errors import ConfigError
from router.policy.expand import spelled_out
from router.types import ChatRequest, Excerpt, Message, Reading, Situation

PHRASES = {"secret": ("confidential", "do not share", "nda-*", "*-internal", "대외비", "§ 12"), "fun": ("haiku",)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("This is CONFIDENTIAL.", ("secret",)),
        ("Confidentiality matters", ()),
        ("unconfidential", ()),
        ("please do  not\nshare", ("secret",)),
        ("ｃｏｎｆｉｄｅｎｔｉａｌ", ("secret",)),
        ("con\u00adfid\u200bential", ("secret",)),
        ("see nda-2026", ("secret",)),
        ("see panda-2026", ()),
        ("see very-internal", ("secret",)),
        ("see very-internals", ()),
        ("이것은 대외비입니다", ("secret",)),
        ("by § 12.", ("secret",)),
        ("by § 123", ()),
        ("confidentially confidential", ("secret",)),
        ("a confidential haiku", ("secret", "fun")),
        ("", ()),
    ],
)
def test_what_a_text_says(text: str, said: tuple[str, ...]) -> None:
    assert said_in(text, PHRASES) == said


def test_what_is_too_long_to_search_counts_as_saying_all() -> None:
    assert said_in("x" * (MOST_SEARCHED + 1), PHRASES) == ("secret", "fun")
    assert said_in("x" * (MOST_SEARCHED + 1), {}) == ()


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_phrase_between_spaces_is_always_found(before: str, after: str) -> None:
    assert "fun" in said_in(f"{before} haiku {after}", PHRASES)


class OneReader:
    name = "one"

    def read(self, excerpt: Excerpt) -> Reading:
        return Reading("chat", 1.0, 0.0, 0.0, "en", 10)


def test_every_word_that_a_backend_reads_is_searched_and_none_is_kept() -> None:
    request = ChatRequest("auto", (Message("system", "You are confidential"), Message("user", "hello")))
    seen = read(request, OneReader(), len, (), PHRASES)
    assert seen.says == ("secret",)
    assert "confidential" not in repr(seen)
    assert read(request, OneReader(), len).says == ()


HEAD = "default: p\npolicies:\n  p:\n    because: x\n    band: 0\n"
RULE = "    rules: [{name: r, because: x, when: {says: %s}, set: {band: 0.5}}]\n"


@pytest.mark.parametrize(
    ("head", "said", "sentence"),
    [
        ("phrases: {secret: [a]}\n", "sekret", "no phrases are called 'sekret'. Did you mean 'secret'?"),
        ("phrases: {secret: [a]}\n", "{any: secret, not: fun}", "no phrases are called 'fun'"),
        ("", "secret", "at the head of the file"),
        ("phrases: {secret: ['a*b']}\n", "secret", "beginning or the end"),
        ("phrases: {secret: ['**']}\n", "secret", "write a phrase"),
        ("phrases: {secret: []}\n", "secret", "phrases.secret"),
        (f"phrases: {{secret: {['x' + str(n) for n in range(MOST_PHRASES + 1)]}}}\n", "secret", "are the most"),
    ],
)
def test_what_is_refused_says_what_would_be_right(head: str, said: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refused:
        with_policies(load(), (head + HEAD + RULE % said).encode())
    assert sentence in str(refused.value)


def test_a_ramp_may_ask_and_must_know_the_name() -> None:
    from router.config import from_documents

    documents = dict(with_policies(load(), ("phrases: {secret: a}\n" + HEAD).encode()).documents)
    ramp = {"name": "r", "because": "x", "original": "gpt-5", "substitute": "mai-1", "share": 0.5}
    documents["ramps.yaml"] = {"ramps": [ramp | {"when": {"says": "secret"}}]}
    assert from_documents(documents).ramps[0].when.tests
    documents["ramps.yaml"] = {"ramps": [ramp | {"when": {"says": "other"}}]}
    with pytest.raises(ConfigError, match=r"ramps.yaml:.*no phrases are called 'other'"):
        from_documents(documents)


def test_spelled_out_they_stay_and_a_client_is_told_no_names() -> None:
    config = with_policies(load(), ("phrases: {board: [a, 'b*']}\n" + HEAD + RULE % "board").encode())
    assert with_policies(load(), spelled_out(config, ("p",)).encode()).phrases == config.phrases
    seen, wish = features(says=("board",)), resolve("auto", config)
    made = exchange(decide(seen, wish, Situation(DAY), config), seen, wish)
    assert made.decision.rules == ("r",)
    assert explained(made)["features"].says == ("board",)
    assert "board" not in repr(explained(made, public=True)["features"])
