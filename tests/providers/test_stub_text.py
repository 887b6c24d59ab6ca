"""What a stub says: that it is one, in its own voice, as long as expected and never longer than allowed."""

import pytest
from stub_samples import adapter, call, chunks, features, finish, model, text

from providers.stub.skill import answer_word
from providers.stub.words import cost, cut, flow, keywords
from router import tokens
from router.types import Chunk, Message, ResponseFormat

NAMES = ("gpt", "llama", "mai", "phi")
KOREAN = features(language="ko")
ENGLISH = features()


def sentences(said: str) -> list[str]:
    return said.replace("\n", " ").split(". ")


@pytest.mark.parametrize("name", NAMES)
def test_the_first_sentence_says_what_it_is(name: str) -> None:
    said = text(chunks(adapter(name), call(of=model(name="Some Model"))))
    assert said.startswith("This is a stub labelled Some Model, no model was called. ")


@pytest.mark.parametrize("name", NAMES)
def test_korean_is_answered_in_korean(name: str) -> None:
    said = text(chunks(adapter(name), call("왜 하늘은 파란가요?", read=KOREAN)))
    assert said.startswith("이것은 MAI-1 이름표를 단 스텁이며, 호출된 모델은 없습니다. ")
    assert "stub" not in said


@pytest.mark.parametrize("read", [ENGLISH, KOREAN])
def test_the_voices_differ(read: object) -> None:
    said = {text(chunks(adapter(name), call(read=read))) for name in NAMES}  # type: ignore[arg-type]
    assert len(said) == len(NAMES)


def test_the_check_word_stands_in_the_second_sentence() -> None:
    able = model(abilities={"chat": 10})
    for name in NAMES:
        said = text(chunks(adapter(name), call("Hello?", of=able, read=features(difficulty=-10.0))))
        assert answer_word("Hello?") in sentences(said)[1]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("read", [ENGLISH, KOREAN])
@pytest.mark.parametrize("aim", [100, 200, 400, 800])
def test_the_length_is_about_what_was_expected(name: str, read: object, aim: int) -> None:
    expected = features(language=read.language, output_tokens=aim // 2)  # type: ignore[attr-defined]
    said = text(chunks(adapter(name), call(of=model(verbosity=2.0), read=expected)))
    assert abs(tokens.count(said) - aim) < 0.15 * aim + 15


def test_no_answer_has_more_than_1200_words() -> None:
    for name in NAMES:
        words = len(text(chunks(adapter(name), call(read=features(output_tokens=90_000)))).split())
        assert 1_100 < words <= 1_200


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("read", [ENGLISH, KOREAN])
@pytest.mark.parametrize("form", [None, ResponseFormat("json_object")])
def test_the_true_count_never_exceeds_the_limit(name: str, read: object, form: object) -> None:
    provider = adapter(name)
    for limit in (*range(1, 60), *range(60, 300, 17)):
        asked = call(f"Question {limit}", read=read, max_tokens=limit, response_format=form)  # type: ignore[arg-type]
        said = text(chunks(provider, asked))
        assert max(tokens.count(said), tokens.count(said, "cl100k_base")) <= limit


def test_the_models_own_limit_holds_too() -> None:
    received = chunks(adapter("gpt"), call(of=model(max_output=30), max_tokens=500, read=features(output_tokens=400)))
    assert finish(received) == "length"
    assert cost(text(received)) <= 30


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("stop", ["no model", ("zzz", "labelled", "stub labelled"), "l", "1, n"])
def test_text_ends_before_the_first_stop(stop: object, stream: bool) -> None:
    whole = text(chunks(adapter("mai"), call()))
    stops = (stop,) if isinstance(stop, str) else stop
    received = chunks(adapter("mai"), call(stop=stop, stream=stream))
    place, first = min((whole.find(stop), stop) for stop in stops if stop in whole)  # type: ignore[union-attr]
    assert text(received) == whole[:place]
    assert finish(received) == "stop"
    assert received[-1].beside == {"stop_sequence": first}


def test_a_stop_at_the_very_beginning_leaves_an_empty_answer() -> None:
    for stream in (False, True):
        received = chunks(adapter("mai"), call(stop="This", stream=stream))
        assert text(received) == ""
        assert finish(received) == "stop"


def test_a_stop_beyond_the_limit_does_not_count() -> None:
    assert finish(chunks(adapter("mai"), call(stop="no model was called", max_tokens=8))) == "length"


def test_a_whole_answer_is_one_chunk() -> None:
    (only,) = chunks(adapter("mai"), call())
    assert isinstance(only, Chunk)
    assert only.finish_reason == "stop"


def test_another_seed_may_say_it_differently() -> None:
    said = {text(chunks(adapter("mai"), call(seed=seed))) for seed in range(4)}
    assert len(said) == 4


def test_half_a_surrogate_in_a_prompt_or_a_result_does_no_harm() -> None:
    messages = (Message("user", "\ud800 what?"), Message("tool", "\udfff 1", tool_call_id="c"))
    assert "? 1" in text(chunks(adapter("phi"), call(messages=messages))).encode().decode()


def test_a_conversation_without_a_user_is_answered() -> None:
    assert text(chunks(adapter("phi"), call(messages=(Message("system", "Be kind."),))))


def test_flow_loses_nothing_and_cut_is_a_beginning() -> None:
    said = "  One two\n\n" + "x" * 60 + " 한국어 글 \t"
    assert "".join(flow(said)) == said
    assert flow("") == [""]
    for limit in range(cost(said) + 2):
        assert said.startswith(cut(said, limit))
        assert cost(cut(said, limit)) <= limit
    assert cut(said, cost(said)) == said


def test_telling_words() -> None:
    assert list(keywords("getWeather for the 서울의 날씨를 in_a city")) == ["weather", "서울", "날씨", "city"]
