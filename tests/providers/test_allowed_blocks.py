"""What goes on beside the usual of parts, calls and tools, by the kind of backend; all its words are counted."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stub_samples import call, model

from providers.anthropic.body import body as anthropic_body
from providers.openai.body import body
from providers.openai.kinds import KINDS, KindName
from router.api.surfaces.anthropic_messages.surface import Messages
from router.api.surfaces.openai_chat.surface import parse
from router.decision.features import MOST_COMPARED, input_text
from router.types import Call, ChatRequest, Message, Part

MARK = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
LOUD = {"cache_control": {"type": "ephemeral", "words": "as much as you like"}}
SIGNED = {"extra_content": {"google": {"thought_signature": "s"}}}
FUNCTION = {"name": "f", "arguments": "{}"}
USER = {"role": "user", "content": "x"}


def chat(**more: Any) -> ChatRequest:
    return parse(orjson.dumps({"model": "any", "messages": [USER], **more}))


def messages(**more: Any) -> ChatRequest:
    return Messages().parse(orjson.dumps({"model": "any", "max_tokens": 9, "messages": [USER], **more}), None).request


def anthropic(request: ChatRequest) -> tuple[dict[str, Any], tuple[str, ...]]:
    data, notes, *_ = anthropic_body(Call(request, model(), call().features), "up")
    return orjson.loads(data), notes


def openai(request: ChatRequest, kind: KindName = "compatible") -> tuple[dict[str, Any], tuple[str, ...]]:
    data, notes, *_ = body(Call(request, model(), call().features), "up", KINDS[kind], usage_in_streams=True)
    return orjson.loads(data), notes


def with_block(block: Any, text: str = "x") -> ChatRequest:
    return chat(messages=[{"role": "user", "content": [{"type": "text", "text": text, "anthropic": {"block": block}}]}])


@pytest.mark.parametrize(
    ("kind", "kept"),
    [("compatible", True), ("vllm", True), ("llama.cpp", True), ("openrouter", True), ("openai", False)],
)
def test_what_a_call_was_signed_with_goes_back_where_a_backend_signs(kind: KindName, kept: bool) -> None:
    made = {"id": "t", "type": "function", "function": FUNCTION | {"odd": 1}, **SIGNED, "odd": 1}
    data, notes = openai(chat(messages=[{"role": "assistant", "tool_calls": [made]}]), kind)
    expected = {"id": "t", "type": "function", "function": FUNCTION} | (SIGNED if kept else {})
    assert data["messages"][0]["tool_calls"] == [expected]
    left = set() if kept else {"dropped:tool_calls.extra_content"}
    assert set(notes) == left | {"dropped:tool_calls.other"}


@pytest.mark.parametrize(("kind", "kept"), [("compatible", False), ("openrouter", True)])
def test_what_stands_beside_a_tool_goes_on_where_it_is_known(kind: KindName, kept: bool) -> None:
    tool = {"type": "function", "function": {"name": "f", "odd": "as much as you like"}, **MARK, "odd": 1}
    data, notes = openai(chat(tools=[tool]), kind)
    assert data["tools"] == [{"type": "function", "function": {"name": "f"}} | (MARK if kept else {})]
    left = set() if kept else {"dropped:tools.cache_control"}
    assert set(notes) == left | {"dropped:tools.other"}


def test_ends_of_caches_are_marks_and_no_more() -> None:
    made = {"id": "t", "type": "function", "function": FUNCTION, "anthropic": LOUD | {"text": "more"}}
    turns = [
        {"role": "user", "content": [{"type": "text", "text": "x", "anthropic": LOUD}]},
        {"role": "assistant", "tool_calls": [made]},
        {"role": "tool", "tool_call_id": "t", "content": "y", "anthropic": LOUD | {"is_error": {"as": "much"}}},
    ]
    tool = {"type": "function", "function": {"name": "f"}, "anthropic": LOUD | {"text": "more"}}
    data, notes = anthropic(chat(messages=turns, tools=[tool]))
    assert b"much" not in orjson.dumps(data)
    end = {"cache_control": {"type": "ephemeral"}}
    assert [turn["content"][0].get("cache_control") for turn in data["messages"]] == [end["cache_control"]] * 3
    assert data["messages"][2]["content"][0]["is_error"] is True
    assert data["tools"] == [end | {"name": "f", "input_schema": {"type": "object", "properties": {}}}]
    assert set(notes) == {"dropped:cache_control.other", "dropped:tool_calls.text", "dropped:tools.text"}


def test_examples_of_a_tool_go_on_and_are_counted() -> None:
    tool = {"name": "f", "input_schema": {}, "input_examples": [{"city": "Ulaanbaatar"}], "defer_loading": True, **MARK}
    request = messages(tools=[tool])
    data, notes = anthropic(request)
    assert data["tools"][0]["input_examples"] == [{"city": "Ulaanbaatar"}]
    assert data["tools"][0]["defer_loading"] is True
    assert "Ulaanbaatar" in input_text(request)
    assert "ephemeral" not in input_text(request)
    assert notes == ()


@pytest.mark.parametrize(
    "block",
    [
        {"type": "text", "text": "as much"},
        {"type": "document", "source": {"type": "url", "url": "https://elsewhere.example"}},
        {"type": "web_search_tool_result", "content": []},
        {"content": "as much"},
        "as much",
    ],
)
def test_only_blocks_whose_words_are_here_stand_for_a_part(block: Any) -> None:
    data, notes = anthropic(with_block(block))
    assert data["messages"][0]["content"] == [{"type": "text", "text": "x"}]
    assert notes == ("dropped:content.block",)


def test_a_block_s_words_are_counted_once_and_those_that_its_part_does_not_say_too() -> None:
    found = {"type": "search_result", "source": "https://a.example", "title": "T", "content": []}
    found["content"] = [{"type": "text", "text": "straw"}]
    request = messages(messages=[{"role": "user", "content": [found | MARK]}])
    assert input_text(request) == "T\nhttps://a.example\nstraw"
    paper = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "aGk="}}
    request = messages(messages=[{"role": "user", "content": [paper | {"context": "rye", "title": "P"}]}])
    assert sorted(input_text(request).split()) == ["P", "rye"]
    smuggled = with_block(found | {"content": [{"type": "text", "text": "x"}] * (MOST_COMPARED + 1)})
    assert input_text(smuggled).count("x") > MOST_COMPARED


WORDS = st.text(max_size=6) | st.just("straw")


@given(st.lists(WORDS, max_size=5), st.text(min_size=1, max_size=20))
def test_no_word_of_a_block_is_uncounted(words: list[str], text: str) -> None:
    block = {"type": "search_result", "title": "", "source": "", "content": [{"text": word} for word in words]}
    request = ChatRequest("m", (Message("user", (Part("text", text, extra={"anthropic": {"block": block}}),)),))
    counted = input_text(request)
    assert all(word in counted for word in words)
    assert len(counted) >= sum(map(len, words))


def test_thoughts_are_counted_and_their_marks_are_not() -> None:
    thought = {"type": "thinking", "thinking": "Hm, rye.", "signature": "sig", "odd": "as much"}
    hidden = {"type": "redacted_thinking", "data": "opaque"}
    order = [thought, hidden, {"type": "text", "text": "as much"}, "part", 5]
    request = chat(messages=[{"role": "assistant", "content": "x", "anthropic": {"order": order}}])
    data, notes = anthropic(request)
    del thought["odd"]
    assert data["messages"][0]["content"] == [thought, hidden, {"type": "text", "text": "x"}]
    assert set(notes) == {"dropped:thinking.other", "dropped:text", "dropped:thinking"}
    assert input_text(request) == "x\nHm, rye."


def test_no_word_at_all_is_the_one_limit_that_is_said_in_that_api_s_words() -> None:
    for given_limit, sent, notes in ((0, 0, ()), (False, 5, ("dropped:max_tokens",)), (7, 5, ("dropped:max_tokens",))):
        data, noted = anthropic(chat(max_tokens=5, anthropic={"max_tokens": given_limit}))
        assert (data["max_tokens"], noted) == (sent, notes)


def test_what_a_text_cites_goes_on_and_is_counted_and_a_file_says_whether_it_may_be_cited() -> None:
    cited = [{"type": "char_location", "cited_text": "rye", "document_index": 0}]
    paper = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "aGk="}}
    turns = [
        {"role": "user", "content": [paper | {"citations": {"enabled": True}}]},
        {"role": "assistant", "content": [{"type": "text", "text": "x", "citations": cited}]},
        USER,
    ]
    request = messages(messages=turns)
    data, notes = anthropic(request)
    assert data["messages"][:2] == turns[:2]
    assert notes == ()
    assert "rye" in input_text(request)
    general = {"type": "text", "text": "x", "citations": [{"cited_text": "oats"}]}
    request = chat(messages=[{"role": "user", "content": [general]}])
    assert anthropic(request)[0]["messages"][0]["content"] == [general]
    assert "oats" in input_text(request)
