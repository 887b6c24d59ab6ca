"""A stub's skill: right with the chance that its ability gives it, and anybody can check it from the prompt."""

import math

import pytest
from stub_samples import adapter, call, chunks, features, model, text

from providers.stub.skill import answer_word, chance, is_right, prompt_of, sigmoid, truth, word
from router.types import Message

PROMPTS = [f"Prompt number {number}: what follows?" for number in range(2_000)]


def rights(name: str, model_id: str, ability: float, settings: dict[str, object] | None = None) -> list[bool]:
    provider = adapter(name, settings)
    row = model(model_id, {"chat": ability})
    return [is_right(prompt, text(chunks(provider, call(prompt, of=row)))) for prompt in PROMPTS]


@pytest.mark.parametrize("ability", [-2.0, -0.5, 0.0, 1.0, 3.0])
def test_it_is_right_as_often_as_its_ability_says(ability: float) -> None:
    q = 1 / (1 + math.exp(-ability))
    share = sum(rights("phi", "phi-4", ability)) / len(PROMPTS)
    assert abs(share - q) < 3 * math.sqrt(q * (1 - q) / len(PROMPTS))


def test_models_err_on_different_prompts() -> None:
    first, other = rights("phi", "phi-4", 0.0), rights("phi", "phi-4-mini", 0.0)
    assert abs(sum(a == b for a, b in zip(first, other, strict=True)) / len(PROMPTS) - 0.5) < 3 * 0.5 / math.sqrt(2_000)


def test_an_abler_model_of_the_same_name_is_right_wherever_it_was_before() -> None:
    weak, strong = rights("phi", "phi-4", -1.0), rights("phi", "phi-4", 1.0)
    assert all(after for before, after in zip(weak, strong, strict=True) if before)


def test_settings_make_a_model_worse_than_its_row() -> None:
    assert sum(rights("mai", "mai-1", 10.0)) == len(PROMPTS)
    assert sum(rights("mai", "mai-1", 10.0, {"skill": {"chat": -10}})) < 5


def test_seed_choice_and_length_do_not_change_who_is_right() -> None:
    row = model(abilities={"chat": 0.0})
    for prompt in PROMPTS[:50]:
        received = chunks(adapter("mai"), call(prompt, of=row, n=2, seed=len(prompt)))
        expected = is_right(prompt, text(chunks(adapter("mai"), call(prompt, of=row, max_tokens=60))))
        assert [is_right(prompt, text(received, index)) for index in (0, 1)] == [expected, expected]


def test_a_wrong_answer_states_another_word() -> None:
    said = text(chunks(adapter("mai"), call("Hm?", of=model(abilities={"chat": -20}))))
    assert answer_word("Hm?") not in said
    assert "answer: " in said


def test_the_word_depends_on_the_prompt_alone() -> None:
    assert answer_word("one") == answer_word("one")
    assert len({answer_word(prompt) for prompt in PROMPTS}) > 1_980


def test_words_are_short_and_differ() -> None:
    words = {word(number) for number in range(80 * 80 * 90)}
    assert len(words) == 80 * 80 * 90
    assert {len(word) for word in words} == {7}


def test_the_prompt_is_what_the_user_said() -> None:
    messages = (Message("system", "s"), Message("user", "a"), Message("assistant", "b"), Message("user", "c"))
    assert prompt_of(call(messages=messages).request) == "a\nc"


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        (None, ("chat", 0.5)),
        ({}, ("chat", 0.5)),
        ({"fungible.task": "math", "fungible.difficulty": "-1.5"}, ("math", -1.5)),
        ({"fungible.task": "sorcery", "fungible.difficulty": "hard"}, ("chat", 0.5)),
        ({"fungible.difficulty": "nan"}, ("chat", 0.5)),
        ({"fungible.task": "law"}, ("law", 0.5)),
    ],
)
def test_a_benchmark_labels_its_own_requests(metadata: dict[str, str] | None, expected: tuple[str, float]) -> None:
    assert truth(metadata, features(difficulty=0.5)) == expected


def test_chance_takes_the_override_then_the_row_then_zero() -> None:
    asked = call(of=model(abilities={"chat": 1.0}), read=features(difficulty=0.5))
    assert chance(asked, {}) == pytest.approx(1 / (1 + math.exp(-0.5)))
    assert chance(asked, {"chat": 2.5}) == pytest.approx(1 / (1 + math.exp(-2.0)))
    assert chance(call(), {"math": 4.0}) == 0.5


def test_sigmoid_has_no_end() -> None:
    assert sigmoid(1e308) == pytest.approx(1)
    assert sigmoid(-1e308) == pytest.approx(0, abs=1e-20)
