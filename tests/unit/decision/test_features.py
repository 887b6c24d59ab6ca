"""From a request to features: what is read, what is counted, what is needed."""

from dataclasses import replace
from math import sqrt
from statistics import mean, stdev

import pytest

from router import tokens
from router.decision import features
from router.decision.features import (
    EXACT_UP_TO,
    HEAD,
    TAIL,
    TOKENS_A_MESSAGE,
    TOKENS_AN_IMAGE,
    excerpt,
    measure,
    needs,
    read,
)
from router.types import (
    ChatRequest,
    EmbeddingRequest,
    Excerpt,
    FunctionCall,
    FunctionSpec,
    Message,
    Part,
    Reading,
    ResponseFormat,
    SchemaFormat,
    SpeechRequest,
    Tool,
    ToolCall,
)

TOOL = Tool("function", FunctionSpec("weather", "Tells it", {"type": "object"}))


class FixedReader:
    name = "fixed"

    def __init__(self, difficulty: float = 0.5) -> None:
        self.difficulty = difficulty
        self.seen: list[Excerpt] = []

    def read(self, excerpt: Excerpt) -> Reading:
        self.seen.append(excerpt)
        return Reading("math", 0.7, self.difficulty, 1.1, "ko", 200)


def user(text: str, **changes: object) -> ChatRequest:
    return ChatRequest("auto", (Message("user", text),), **changes)  # type: ignore[arg-type]


def test_features_carry_the_reading_the_count_and_the_limits() -> None:
    reading = read(user("ten words", max_tokens=70, n=3), FixedReader(), len)
    assert (reading.task, reading.task_probability, reading.difficulty, reading.difficulty_error) == (
        "math",
        0.7,
        0.5,
        1.1,
    )
    assert (reading.language, reading.output_tokens, reading.output_limit, reading.choices) == ("ko", 200, 70, 3)
    assert (reading.input_tokens, reading.input_tokens_error, reading.needs) == (9 + TOKENS_A_MESSAGE, 0.0, ())


def test_without_limits_the_output_limit_is_0_and_one_answer_is_asked_for() -> None:
    reading = read(user("hi"), FixedReader(), len)
    assert (reading.output_limit, reading.choices) == (0, 1)


def test_a_tool_call_is_expected_to_be_short_and_an_answer_beside_tools_is_not() -> None:
    forced = user("hi", tools=(TOOL,), tool_choice="required")
    assert read(forced, FixedReader(), len).output_tokens == features.TOOL_CALL_TOKENS
    assert read(user("prove it", tools=(TOOL,)), FixedReader(), len).output_tokens == (200 + 40) // 2
    assert read(user("hi", tools=(TOOL,), tool_choice="none"), FixedReader(), len).output_tokens == 200


@pytest.mark.parametrize(("said", "kept"), [(1e9, 20.0), (-1e9, -20.0), (19.5, 19.5)])
def test_a_readers_difficulty_is_kept_within_bounds(said: float, kept: float) -> None:
    assert read(user("hi"), FixedReader(said), len).difficulty == kept


def test_the_reader_sees_the_last_user_turn_what_came_before_and_the_system_text() -> None:
    turns = (
        Message("system", "be kind"),
        Message("user", "first"),
        Message("assistant", "answer"),
        Message("developer", "be brief"),
        Message("user", "last"),
        Message("user", None),
    )
    assert excerpt(turns) == Excerpt("last", "first\nanswer", "be kind\nbe brief", 7 + 5 + 6 + 8 + 4, "first")


def test_the_last_user_turn_is_the_users_and_six_turns_before_it_are_kept() -> None:
    turns = [Message("user" if n % 2 else "assistant", f"turn {n}") for n in range(9)]
    cut = excerpt(tuple(turns))
    assert cut.last == "turn 7"
    assert cut.earlier.split("\n") == [f"turn {n}" for n in (2, 3, 4, 5, 6, 8)]


def test_what_a_reader_sees_is_bounded_however_long_the_conversation() -> None:
    turns = tuple(Message(role, "x" * 50_000) for role in ("system", "user", "assistant") for _ in range(20))
    cut = excerpt(turns)
    assert cut.characters == 60 * 50_000
    assert max(len(cut.last), len(cut.system)) == HEAD + TAIL + 1
    assert len(cut.earlier) <= 6 * (HEAD + TAIL + 2)


def test_a_long_text_keeps_its_head_and_its_tail() -> None:
    bounded = features.bounded("a" * HEAD + "b" * 10 + "c" * TAIL)
    assert bounded == "a" * HEAD + "\n" + "c" * TAIL
    assert features.bounded("x" * (HEAD + TAIL)) == "x" * (HEAD + TAIL)


def test_everything_a_backend_reads_is_counted() -> None:
    call = ToolCall("1", FunctionCall("weather", '{"city": "Seoul"}'))
    schema = ResponseFormat("json_schema", SchemaFormat("s", {"title": "Answer"}))
    request = ChatRequest(
        "auto",
        (Message("user", "hello"), Message("assistant", None, tool_calls=(call,))),
        tools=(TOOL, Tool("function", FunctionSpec("bare"))),
        response_format=schema,
    )
    text = features.input_text(request)
    for words in ("hello", 'weather {"city": "Seoul"}', 'weather Tells it {"type": "object"}', "bare  {}", "Answer"):
        assert words in text
    assert "{}" in features.input_text(user("", response_format=ResponseFormat("json_schema", SchemaFormat("s"))))
    assert features.input_text(user("", response_format=ResponseFormat("json_object"))) == ""


def test_images_count_at_a_flat_rate() -> None:
    picture = Part("image_url", image_url={"url": "data:,"})
    request = ChatRequest("auto", (Message("user", (picture, picture, Part("text", text="what?"))),))
    assert measure(request, len, ()) == (5 + TOKENS_A_MESSAGE + 2 * TOKENS_AN_IMAGE, 0.0)


def test_needs_name_what_a_model_must_be_able_to_do() -> None:
    parts = (Part("image_url", image_url={}), Part("input_audio", input_audio={}), Part("text", text="x"))
    json = ResponseFormat("json_object")
    everything = ChatRequest("auto", (Message("user", parts),), tools=(TOOL,), response_format=json)
    assert needs(everything) == ("tools", "json", "vision", "audio")
    assert needs(user("x", response_format=ResponseFormat("text"))) == ()
    assert needs(user("x", response_format=json)) == ("json",)
    assert needs(user("x", tools=(TOOL,))) == ("tools",)


MIXED = "".join(f"word{n} " * (1 + n % 5) for n in range(3_000))


def test_a_text_up_to_the_bound_is_counted_exactly() -> None:
    text = MIXED[:EXACT_UP_TO]
    assert measure(user(text), tokens.count, ()) == (tokens.count(text) + TOKENS_A_MESSAGE, 0.0)


def test_a_long_text_is_estimated_within_its_stated_error() -> None:
    count, error = measure(user(MIXED), tokens.count, ())
    exact = tokens.count(MIXED) + TOKENS_A_MESSAGE
    assert 0 < error < 0.2
    # Each sample may cut a token in two at either end, which the spread of the samples does not show.
    assert abs(count - exact) <= error * exact + 0.02 * exact


@pytest.mark.parametrize("length", [2_049, 3_000, 8_192])
def test_a_text_of_some_pages_is_estimated_from_few_samples_within_its_stated_error(length: int) -> None:
    asked: list[int] = []

    def count(text: str) -> int:
        asked.append(len(text))
        return tokens.count(text)

    text = MIXED[:length]
    estimated, error = measure(user(text), count, ())
    assert asked == [features.SAMPLE] * features.FEW_SAMPLES
    exact = tokens.count(text) + TOKENS_A_MESSAGE
    assert abs(estimated - exact) <= (error + 0.02) * exact


def test_near_a_context_a_long_text_is_counted_exactly() -> None:
    exact = tokens.count(MIXED) + TOKENS_A_MESSAGE
    assert measure(user(MIXED), tokens.count, (exact + 10,)) == (exact, 0.0)
    assert measure(user(MIXED), tokens.count, (10, exact * 100))[1] > 0


@pytest.mark.parametrize(
    ("context", "exactly"), [(8_819, False), (8_821, True), (10_000, True), (20_399, True), (20_401, False)]
)
def test_near_means_from_nine_tenths_to_twice_with_the_error(context: int, exactly: bool) -> None:
    # Every sample counts the same, so that 10,000 tokens are estimated with the least error, 2 %.
    count, error = measure(user("a" * 40_000), lambda text: len(text) // 4, (context,))
    assert count == 10_000 + TOKENS_A_MESSAGE
    assert error == (0.0 if exactly else 0.02)


def test_the_error_is_three_standard_errors_of_the_mean_of_the_samples() -> None:
    counts: list[int] = []

    def count(text: str) -> int:
        counts.append(len(text.split()))
        return counts[-1]

    _, error = measure(user(MIXED), count, ())
    assert len(counts) == features.SAMPLES
    assert error == pytest.approx(3 * stdev(counts) / sqrt(len(counts)) / mean(counts))


@pytest.mark.parametrize("text", ["a" * 100_000, "0" * 9_000, " " * 50_000], ids=["letters", "digits", "spaces"])
def test_an_estimate_never_calls_itself_exact(text: str) -> None:
    count, error = measure(user(text), tokens.count, ())
    assert error > 0 or count == tokens.count(text) + TOKENS_A_MESSAGE


def test_texts_to_make_vectors_of_are_neither_easy_nor_hard_nor_answered_in_words() -> None:
    class Fitted(FixedReader):
        def read(self, excerpt: Excerpt) -> Reading:
            return replace(super().read(excerpt), traits=(0.5,))

    texts = (Message("user", "one"), Message("user", "two"))
    reading = read(EmbeddingRequest("auto", texts), Fitted(9.0), len)
    assert (reading.task, reading.language) == ("math", "ko")
    assert (reading.difficulty, reading.difficulty_error, reading.output_tokens, reading.traits) == (0.0, 0.0, 0, ())
    assert (reading.input_tokens, reading.needs) == (len("one\ntwo"), ("embeddings",))


def test_a_text_to_say_aloud_is_work_of_its_own_kind() -> None:
    reading = read(SpeechRequest("auto", (Message("user", "Hello."),)), FixedReader(9.0), len)
    assert reading.difficulty_error == 0.0
    assert (reading.task, reading.task_probability, reading.difficulty, reading.output_tokens) == (
        "speech",
        1.0,
        0.0,
        0,
    )
    assert (reading.language, reading.input_tokens, reading.needs) == ("ko", 6, ("speech",))
