"""A conversation as a backend of Anthropic's API gets it: each block as it came, at its place."""

import re
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stub_samples import call

from providers.anthropic.body import body
from providers.anthropic.schema_words import limited
from providers.openai.body import body as openai_body
from providers.openai.kinds import KINDS
from providers.upstream.tool_ids import ToolIds
from router.api.surfaces.anthropic_messages.surface import Messages
from router.errors import ProviderError
from router.types import FunctionCall, FunctionSpec, Message, Part, Tool, ToolCall

MARK = {"cache_control": {"type": "ephemeral"}}
PICTURE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}
USER = {"role": "user", "content": [{"type": "text", "text": "Go on."}]}
TOOL = {"name": "f", "input_schema": {"type": "object"}}


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def use(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": name, "name": "f", "input": {"a": 1}, **more}


def result(name: str, content: Any = "4", **more: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": name, "content": content, **more}


def thought(words: str) -> dict[str, Any]:
    return {"type": "thinking", "thinking": words, "signature": f"sig-{words}"}


def parsed(turns: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """The fields of the request that `/v1/messages` makes of some turns."""
    request = Messages().parse(orjson.dumps({"model": "m", "max_tokens": 9, "messages": turns} | more), None).request
    names = ("messages", "max_tokens", "tools", "tool_choice", "response_format", "extra")
    return {name: getattr(request, name) for name in names}


def anthropic(turns: list[dict[str, Any]], **more: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What a backend of the same API is asked, and the notes."""
    data, notes, *_ = body(call(**parsed(turns, **more)), "up")
    return orjson.loads(data), notes


def openai(turns: list[dict[str, Any]], **more: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What a backend of OpenAI's API is asked, and the notes."""
    data, notes, *_ = openai_body(call(**parsed(turns, **more)), "up", KINDS["compatible"], usage_in_streams=True)
    return orjson.loads(data), notes


def written(*messages: Message, **ask: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    data, notes, *_ = body(call(messages=messages, **ask), "up")
    return orjson.loads(data), notes


HIDDEN = {"type": "redacted_thinking", "data": "x"}
BLOCKS = st.sampled_from(
    [lambda n: thought(str(n)), lambda _: HIDDEN, lambda n: text(f"w{n}"), lambda n: use(f"t{n}", **MARK)]
)


@given(st.lists(BLOCKS, min_size=1, max_size=8))
def test_blocks_of_a_turn_stay_as_they_are_and_where_they_are(kinds: list[Any]) -> None:
    blocks = [kind(number) for number, kind in enumerate(kinds)]
    asked, notes = anthropic([USER, {"role": "assistant", "content": blocks}, USER])
    assert asked["messages"][1]["content"] == blocks
    assert notes == ()


def test_another_api_gets_the_words_and_the_calls_and_a_note_of_the_thoughts() -> None:
    turn = {"role": "assistant", "content": [thought("1"), text("w"), use("t1"), thought("2"), use("t2")]}
    asked, notes = openai([USER, turn, {"role": "user", "content": [result("t1"), result("t2")]}])
    assert asked["messages"][1]["content"] == "w"
    assert [made["id"] for made in asked["messages"][1]["tool_calls"]] == ["t1", "t2"]
    assert notes == ("dropped:thinking",)


def test_ends_of_caches_failures_and_pictures_of_a_result_stay_as_they_are() -> None:
    given = result("t1", [text("left"), PICTURE, text("right", **MARK)], is_error=True, **MARK)
    tools = [TOOL | MARK | {"eager_input_streaming": True}]
    asked, notes = anthropic(
        [USER, {"role": "assistant", "content": [use("t1", **MARK)]}, {"role": "user", "content": [given]}], tools=tools
    )
    assert asked["messages"][2]["content"] == [given]
    assert asked["messages"][1]["content"] == [use("t1", **MARK)]
    assert asked["tools"] == tools
    assert notes == ()


def test_two_tools_pictures_keep_their_owners() -> None:
    results = [result("t1", [PICTURE]), result("t2", [PICTURE])]
    asked, _ = anthropic(
        [USER, {"role": "assistant", "content": [use("t1"), use("t2")]}, {"role": "user", "content": results}]
    )
    assert asked["messages"][2]["content"] == results


def test_another_api_is_told_of_a_failure_in_words() -> None:
    turns = [USER, {"role": "assistant", "content": [use("t1")]}]
    for content, words in (("no", "The tool failed:\nno"), ([text("a"), text("b")], "The tool failed:\na\nb")):
        asked, notes = openai([*turns, {"role": "user", "content": [result("t1", content, is_error=True)]}])
        assert asked["messages"][2] == {"role": "tool", "tool_call_id": "t1", "content": words}
        assert notes == ("approximated:is_error",)
    asked, notes = openai([*turns, {"role": "user", "content": [result("t1", "yes", is_error=False)]}])
    assert (asked["messages"][2]["content"], notes) == ("yes", ())


def test_what_only_that_api_has_a_word_for_is_noted_for_another() -> None:
    turns = [USER, {"role": "assistant", "content": [use("t1", **MARK)]}, {"role": "user", "content": [result("t1")]}]
    _, notes = openai(turns, tools=[TOOL | {"defer_loading": True}])
    assert sorted(notes) == ["dropped:cache_control", "dropped:defer_loading"]


def test_system_words_in_mid_conversation_keep_their_place() -> None:
    turns = [USER, {"role": "assistant", "content": [text("ok")]}, {"role": "system", "content": [text("Mind.")]}, USER]
    asked, _ = anthropic(turns, system="Be brief.")
    assert asked["messages"] == turns
    assert asked["system"] == [text("Be brief.")]


def test_developers_words_keep_theirs_too_and_stand_in_no_way_of_a_result() -> None:
    made = ToolCall("t1", FunctionCall("f", "{}"))
    asked, _ = written(
        Message("system", "A"),
        Message("user", "hi"),
        Message("assistant", tool_calls=(made, made)),
        Message("developer", "B"),
        Message("tool", "4", tool_call_id="t1"),
        Message("system", "C"),
        Message("tool", "5", tool_call_id="t1"),
        Message("system", ""),
        Message("assistant", "so"),
        Message("developer", "D"),
    )
    assert asked["system"] == [text("A")]
    assert [turn["role"] for turn in asked["messages"]] == [
        "user",
        "assistant",
        "user",
        "system",
        "assistant",
        "system",
    ]
    assert [block["content"][0]["text"] for block in asked["messages"][2]["content"]] == ["4", "5"]
    assert asked["messages"][3]["content"] == [text("B"), text("C")]


LEGAL = re.compile(r"[a-zA-Z0-9_-]{1,64}")
IDS = st.text(min_size=0, max_size=80) | st.sampled_from(["functions.f:0", "functions.f:1", "a", ""])


@given(st.lists(IDS, max_size=8))
def test_ids_that_the_api_refuses_become_legal_ones_alike_in_call_and_result(given_ids: list[str]) -> None:
    ids = ToolIds(LEGAL, unique=True)
    made = [ids.of_call(name) for name in given_ids]
    assert len(set(made)) == len(made)
    assert all(LEGAL.fullmatch(name) for name in made)
    assert [ids.of_result(name) for name in given_ids] == made
    first = {old: new for old, new in reversed(list(zip(given_ids, made, strict=True))) if LEGAL.fullmatch(old)}
    assert all(old == new for old, new in first.items())
    # A conversation that goes on has the same ids.
    again = ToolIds(LEGAL, unique=True)
    assert [again.of_call(name) for name in [*given_ids, "more"]][: len(made)] == made


def test_ids_of_one_maker_are_mapped_for_the_next() -> None:
    turns = [
        USER,
        {"role": "assistant", "content": [use("functions.f:0"), use("ok-1")]},
        {"role": "user", "content": [result("functions.f:0"), result("ok-1")]},
    ]
    asked, notes = anthropic(turns)
    ids = [block["id"] for block in asked["messages"][1]["content"]]
    assert LEGAL.fullmatch(ids[0])
    assert ids[1] == "ok-1"
    assert [block["tool_use_id"] for block in asked["messages"][2]["content"]] == ids
    assert notes == ("renamed:tool ids",)
    asked, notes = openai(turns)
    assert asked["messages"][2]["tool_call_id"] == "functions.f:0"
    assert notes == ()


def test_openai_takes_no_id_of_more_than_40_letters() -> None:
    long = "toolu_" + "x" * 50
    asked, notes = openai(
        [USER, {"role": "assistant", "content": [use(long)]}, {"role": "user", "content": [result(long)]}]
    )
    (made,) = asked["messages"][1]["tool_calls"]
    assert len(made["id"]) <= 40
    assert asked["messages"][2]["tool_call_id"] == made["id"]
    assert notes == ("renamed:tool ids",)


def test_a_result_without_a_call_has_a_legal_id_all_the_same() -> None:
    asked, _ = written(Message("user", "hi"), Message("tool", "4", tool_call_id="a.b"))
    assert LEGAL.fullmatch(asked["messages"][0]["content"][1]["tool_use_id"])


@pytest.mark.parametrize("arguments", ['{"n": 18446744073709551616}', '{"x":1.0, "y" : 1e5}', '{"b":1,"a":2}'])
def test_arguments_stand_as_they_were_written(arguments: str) -> None:
    data, *_ = body(
        call(messages=(Message("assistant", tool_calls=(ToolCall("t", FunctionCall("f", arguments)),)),)), "u"
    )
    assert arguments.encode() in data


def test_a_model_is_not_made_to_think_in_the_middle_of_another_s_calls() -> None:
    thinking = {"type": "enabled", "budget_tokens": 1024}
    turns = [USER, {"role": "assistant", "content": [use("t1")]}, {"role": "user", "content": [result("t1")]}]
    more = {"thinking": thinking, "max_tokens": 2048}
    asked, notes = anthropic(turns, **more)
    assert "thinking" not in asked
    assert notes == ("dropped:thinking",)
    for kept in ([*turns[:1]], [*turns, {"role": "assistant", "content": "ok"}, USER]):
        assert anthropic(kept, **more)[0]["thinking"] == thinking
    own = [USER, {"role": "assistant", "content": [HIDDEN, use("t1")]}, turns[2], {"role": "system", "content": "x"}]
    assert anthropic(own, **more)[0]["thinking"] == thinking
    assert anthropic(turns, thinking={"type": "adaptive"})[0]["thinking"] == {"type": "adaptive"}


def test_thoughts_without_a_signature_go_to_no_backend_of_that_api() -> None:
    unsigned = {"type": "thinking", "thinking": "hm", "signature": ""}
    turns = [USER, {"role": "assistant", "content": [unsigned, text("so")]}, USER]
    asked, notes = anthropic(turns)
    assert asked["messages"][1]["content"] == [text("so")]
    assert notes == ("dropped:thinking",)
    asked, notes = openai(turns)
    assert asked["messages"][1] == {"role": "assistant", "content": "so", "reasoning_content": "hm"}
    assert notes == ()


def test_no_word_at_all_is_a_limit_that_fills_the_cache() -> None:
    asked, notes = anthropic([USER], max_tokens=0)
    assert (asked["max_tokens"], notes) == (0, ())
    with pytest.raises(ProviderError, match=r"max_tokens: 0 .* give 1 or more") as caught:
        openai([USER], max_tokens=0)
    assert caught.value.outcome == "rejected"


SEARCHED = {"type": "search_result", "source": "https://a.example", "title": "T", "content": [text("x")], **MARK}
REFERRED = {"type": "tool_reference", "tool_name": "Stop"}
PAPER = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "w"}, "title": "P"}
PDF = {
    "type": "document",
    "source": {"type": "base64", "media_type": "application/pdf", "data": "aGk="},
    "context": "c",
}


def test_blocks_of_that_api_go_to_it_as_they_are_and_elsewhere_in_words() -> None:
    content = [SEARCHED, PAPER, PDF, text("hi")]
    turns = [
        {"role": "user", "content": content},
        {"role": "assistant", "content": [use("t1")]},
        {"role": "user", "content": [result("t1", [REFERRED])]},
    ]
    asked, notes = anthropic(turns)
    assert asked["messages"] == turns
    assert notes == ()
    asked, notes = openai(turns)
    assert [part.get("text") for part in asked["messages"][0]["content"]] == [
        "T\nhttps://a.example\nx",
        "P\nw",
        None,
        "hi",
    ]
    assert asked["messages"][2]["content"] == "There is a tool called Stop."
    assert notes == ("approximated:search_result", "approximated:document", "approximated:tool_reference")


def test_words_of_a_chat_s_tools_that_this_api_has_are_passed_on_and_others_noted() -> None:
    spec = FunctionSpec("f", parameters={"type": "object"}, extra={"x": 1})
    tools = (Tool("function", spec, extra={"cache_control": {"type": "ephemeral"}}),)
    made = ToolCall("t", FunctionCall("f", "{}"), extra={"extra_content": {"google": {}}})
    asked, notes = written(Message("user", "a"), Message("assistant", tool_calls=(made,)), tools=tools)
    assert asked["tools"] == [{"name": "f", "input_schema": {"type": "object"}} | MARK]
    assert asked["messages"][1]["content"] == [{"type": "tool_use", "id": "t", "name": "f", "input": {}}]
    assert sorted(notes) == ["dropped:tool_calls.extra_content", "dropped:tools.other"]


def test_a_client_s_order_that_fits_nothing_leaves_nothing_out() -> None:
    for order in (5, ["call", "call", "part", 7, None], []):
        said = Message("assistant", (Part("text", "a"), Part("text", "")), extra={"anthropic": {"order": order}})
        assert written(said)[0]["messages"] == [{"role": "assistant", "content": [text("a")]}]


SCHEMA: dict[str, Any] = {
    "type": "object",
    "$defs": {"S": {"type": "integer", "minimum": 1, "exclusiveMaximum": 9}},
    "properties": {
        "minimum": {"$ref": "#/$defs/S"},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 5}, "minItems": 2, "maxItems": 3},
        "one": {"oneOf": [{"type": "number", "multipleOf": 2}, {"type": "string", "format": "date"}]},
        "odd": {"type": ["object", "null"], "properties": {}, "additionalProperties": {"type": "string"}},
        "first": {"type": "array", "items": True, "minItems": 1},
        "strange": {"type": "string", "format": "iban"},
    },
    "additionalProperties": False,
}


def test_words_that_structured_output_refuses_are_left_out_with_a_note_each() -> None:
    notes: list[str] = []
    assert limited(SCHEMA, notes) == {
        "type": "object",
        "$defs": {"S": {"type": "integer"}},
        "properties": {
            "minimum": {"$ref": "#/$defs/S"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "one": {"anyOf": [{"type": "number"}, {"type": "string", "format": "date"}]},
            "odd": {"type": ["object", "null"], "properties": {}, "additionalProperties": False},
            "first": {"type": "array", "items": True, "minItems": 1},
            "strange": {"type": "string"},
        },
        "additionalProperties": False,
    }
    assert [note.removeprefix("dropped:schema.") for note in notes] == [
        "minimum",
        "exclusiveMaximum",
        "maxLength",
        "minItems",
        "maxItems",
        "renamed:schema.oneOf=anyOf",
        "multipleOf",
        "approximated:schema.additionalProperties",
        "format",
    ]
    assert "minimum" in SCHEMA["$defs"]["S"]


def test_a_schema_as_deep_as_a_parser_reads_ends() -> None:
    schema: dict[str, Any] = {"maximum": 1}
    for _ in range(500):
        schema = {"items": schema, "maximum": 1}
    assert "maximum" not in limited(schema, [])


def test_only_tools_that_are_strict_are_limited() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}, "additionalProperties": False}
    tools = [TOOL | {"input_schema": schema, "strict": strict} for strict in (False, True)]
    asked, _ = anthropic([USER], tools=tools)
    assert [list(tool["input_schema"]["properties"]["n"]) for tool in asked["tools"]] == [["type", "minimum"], ["type"]]
