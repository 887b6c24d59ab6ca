"""Whatever a client sends to the Responses API is heard whole or refused by name."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from router.api.surfaces.openai_responses.parse import parse
from router.api.surfaces.openai_responses.schema import Asked
from router.errors import BadRequest

KINDS = ["message", "function_call", "function_call_output", "reasoning", "item_reference", "web_search_call"]
PARTS = ["input_text", "output_text", "refusal", "input_image", "input_file", "input_audio", "summary_text"]
WORDS = st.text("ab 한\n", min_size=1, max_size=4)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=4,
)


def odd(names: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """A thing with some of these names, each holding what it should or anything else."""
    return st.fixed_dictionaries({}, optional={name: right | ANY for name, right in names.items()}) | ANY


PART = odd({"type": st.sampled_from(PARTS), "text": WORDS, "refusal": WORDS, "image_url": WORDS, "file_id": WORDS})
CONTENT = WORDS | st.lists(PART, max_size=2)
ITEM = odd(
    {
        "type": st.sampled_from(KINDS),
        "role": st.sampled_from(["user", "assistant", "system"]),
        "content": CONTENT,
        "call_id": WORDS,
        "name": WORDS,
        "arguments": WORDS,
        "output": CONTENT,
        "id": WORDS,
    }
)
TOOL = odd(
    {"type": st.sampled_from(["function", "web_search"]), "name": WORDS, "parameters": ANY, "strict": st.booleans()}
)
REST = st.dictionaries(st.sampled_from([*Asked.__slots__, "prompt", "conversation", "n", "other"]), ANY, max_size=3)
BODY = st.builds(
    lambda given, rest: rest | given,
    st.fixed_dictionaries(
        {"model": st.just("auto"), "input": WORDS | st.lists(ITEM, max_size=3)},
        optional={"tools": st.lists(TOOL, max_size=2), "text": odd({"format": odd({"type": st.just("json_schema")})})},
    ),
    REST,
)


@given(BODY | ANY)
def test_a_body_is_heard_or_refused(body: Any) -> None:
    try:
        request, notes, *_ = parse(json.dumps(body).encode())
    except BadRequest as error:
        assert error.message
    else:
        assert request.messages
        assert all(note.startswith("dropped:") and note.isprintable() for note in notes)


SPOKEN = st.one_of(
    st.builds(lambda role, text: {"role": role, "content": text}, st.sampled_from(["user", "assistant"]), WORDS),
    st.builds(
        lambda role, texts: {"role": role, "content": [{"type": "input_text", "text": text} for text in texts]},
        st.sampled_from(["user", "assistant"]),
        st.lists(WORDS, min_size=1, max_size=3),
    ),
    st.builds(lambda text: {"type": "function_call", "call_id": "c", "name": "f", "arguments": text}, WORDS),
    st.builds(lambda text: {"type": "function_call_output", "call_id": "c", "output": text}, WORDS),
    st.just({"type": "reasoning", "id": "r", "summary": []}),
)


def texts_of(item: dict[str, Any]) -> list[str]:
    content = item.get("content") or item.get("output") or item.get("arguments") or []
    return [content] if isinstance(content, str) else [part["text"] for part in content]


@given(st.lists(SPOKEN, min_size=1, max_size=6))
def test_every_word_of_a_conversation_is_heard(items: list[dict[str, Any]]) -> None:
    items = [{"role": "user", "content": "first"}, *items]
    request, *_ = parse(json.dumps({"model": "auto", "input": items}).encode())
    said = sorted(text for item in items for text in texts_of(item))
    received = []
    for message in request.messages:
        received += [message.content] if isinstance(message.content, str) else [p.text for p in message.content or ()]
        received += [call.function.arguments for call in message.tool_calls or ()]
    assert sorted(received) == said
    assert all(message.tool_calls is None or message.role == "assistant" for message in request.messages)
