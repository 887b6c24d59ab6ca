"""What of a request goes on to a backend, by its kind: the rest is left out, and noted by a name that is known."""

from typing import Any

import orjson
import pytest
from stub_samples import call, model

from providers.anthropic.body import ALLOWED
from providers.anthropic.body import body as anthropic_body
from providers.openai import create
from providers.openai.body import body
from providers.openai.kinds import KINDS
from providers.openai.settings import kind_of, settings_of
from providers.upstream.allowed import MOST_ALLOWED, ROUTERS
from router.api.surfaces.openai_chat.surface import parse
from router.types import Call, ChatRequest, Parameters
from router.types.receipt_words import PARAMETER_NAMES

ASK: dict[str, Any] = {"model": "any", "messages": [{"role": "user", "content": "x"}]}
# Seen to be sent on and not held for.
NEVER: dict[str, Any] = {
    "best_of": 20,
    "min_tokens": 9_000,
    "max_new_tokens": 99_999,
    "n_predict": 5,
    "num_predict": 5,
    "service_tier": "priority",
    "provider": {"order": ["other-region"]},
    "models": ["x"],
    "route": "fallback",
    "fallbacks": ["x"],
    "transforms": ["middle-out"],
    "plugins": [{"id": "web"}],
    "preset": "x",
    "mcp_servers": [{"url": "http://elsewhere"}],
    "web_search_options": {},
    "prediction": {"type": "content", "content": "x"},
    "audio": {"voice": "alloy", "format": "mp3"},
    "extra_body": {"best_of": 20},
    "data_sources": [{}],
    "chat_template": "{{ x }}",
    "ignore_eos": True,
    "priority": -1,
    "speed": "fast",
    "inference_geo": "us",
    "container": "c",
}


def sent(kind: str = "compatible", allow: tuple[str, ...] = (), of: Any = None, **more: Any) -> tuple[Any, set[str]]:
    asked = Call(parse(orjson.dumps(ASK | more)), of or model(), call().features)
    if kind == "anthropic":
        data, notes, *_ = anthropic_body(asked, "up", allow)
    else:
        settings = settings_of({"base_url": "http://x/v1", "kind": kind, "allow": allow or None})
        data, notes, *_ = body(asked, "up", kind_of(settings), usage_in_streams=True)
    return orjson.loads(data), set(notes)


@pytest.mark.parametrize("kind", [*KINDS, "anthropic"])
@pytest.mark.parametrize("name", NEVER)
def test_what_is_not_held_for_goes_on_only_where_an_operator_allows_it(kind: str, name: str) -> None:
    data, notes = sent(kind, **{name: NEVER[name]})
    assert name not in data
    assert f"dropped:{name}" in notes
    data, notes = sent(kind, (name,), **{name: NEVER[name]})
    assert data[name] == NEVER[name]
    assert notes == set()


@pytest.mark.parametrize(
    ("kind", "more", "kept", "notes"),
    [
        ("compatible", {"top_k": 5, "min_p": 0.1}, {"top_k": 5, "min_p": 0.1}, set()),
        ("openai", {"top_k": 5}, {}, {"dropped:top_k"}),
        ("azure", {"top_k": 5}, {}, {"dropped:top_k"}),
        ("vllm", {"guided_regex": "a+"}, {"guided_regex": "a+"}, set()),
        (
            "llama.cpp",
            {"grammar": "root ::= x", "guided_regex": "a+"},
            {"grammar": "root ::= x"},
            {"dropped:guided_regex"},
        ),
        (
            "openrouter",
            {"reasoning": {"effort": "high", "max_tokens": 9_000, "exclude": True}},
            {"reasoning": {"effort": "high", "exclude": True}},
            {"dropped:reasoning.max_tokens"},
        ),
        ("openrouter", {"reasoning": {"max_tokens": 9_000}}, {}, {"dropped:reasoning.max_tokens"}),
        ("openrouter", {"reasoning": 9_000}, {}, {"dropped:reasoning"}),
        ("compatible", {"modalities": ["text"]}, {"modalities": ["text"]}, set()),
        ("compatible", {"modalities": ["text", "audio"]}, {"modalities": ["text"]}, {"dropped:modalities"}),
        (
            "vllm",
            {"chat_template_kwargs": {"enable_thinking": False, "chat_template": "x", "thinking": {"a": 1}}},
            {"chat_template_kwargs": {"enable_thinking": False}},
            {"dropped:chat_template_kwargs.chat_template", "dropped:chat_template_kwargs.thinking"},
        ),
        ("compatible", {"my passport is M1234567": 1, "x" * 999: 2}, {}, {"dropped:other"}),
    ],
)
def test_each_kind_has_words_of_its_own(kind: str, more: Any, kept: Any, notes: set[str]) -> None:
    data, noted = sent(kind, **more)
    assert {name: value for name, value in data.items() if name not in ("model", "messages")} == kept
    assert noted == notes


@pytest.mark.parametrize("kind", ["vllm", "llama.cpp", "openrouter"])
def test_a_kind_that_knows_one_name_for_the_limit_gets_it_by_that(kind: str) -> None:
    data, notes = sent(kind, max_completion_tokens=5)
    assert (data["max_tokens"], "max_completion_tokens" in data) == (5, False)
    assert notes == {"renamed:max_completion_tokens=max_tokens"}


@pytest.mark.parametrize("kind", [*KINDS, "anthropic"])
def test_no_more_is_asked_for_than_the_model_gives_and_was_held_for(kind: str) -> None:
    data, notes = sent(kind, of=model(max_output=100), max_tokens=2_000)
    assert data["max_tokens"] == 100
    assert notes == {"clamped:max_tokens=100"}


def test_a_limit_that_a_model_refuses_goes_by_its_other_name() -> None:
    picky = model(parameters=Parameters("a test", model().date, drops=("max_tokens",)))
    data, notes = sent(of=picky, max_tokens=5)
    assert (data["max_completion_tokens"], notes) == (5, {"renamed:max_tokens=max_completion_tokens"})
    assert "max_tokens" not in data
    deaf = Parameters("a test", model().date, drops=("max_tokens", "max_completion_tokens"))
    data, notes = sent(of=model(parameters=deaf), max_tokens=5)
    assert notes == {"dropped:max_tokens"}
    assert deaf.limitless
    assert not Parameters("a test", model().date, drops=("max_tokens", "top_p")).limitless


def test_what_stands_beside_words_goes_on_where_it_is_counted_or_is_a_mark() -> None:
    part = {"type": "image_url", "image_url": {"url": "u", "detail": "low", "more": "x"}, "cache_control": {}, "odd": 1}
    turn = {"role": "assistant", "content": [part], "reasoning_content": "Hm.", "refusal": "No.", "prefix": True}
    data, notes = sent(messages=[turn, {"role": "user", "content": "x"}])
    assert data["messages"][0] == {
        "role": "assistant",
        "content": [{"type": "image_url", "image_url": {"url": "u", "detail": "low"}}],
        "reasoning_content": "Hm.",
        "refusal": "No.",
    }
    assert notes == {
        "dropped:messages.other",
        "dropped:image_url.other",
        "dropped:content.cache_control",
        "dropped:content.other",
    }
    data, _ = sent("openrouter", messages=[turn])
    assert data["messages"][0]["content"][0]["cache_control"] == {}


def test_words_for_anthropic_s_api_are_marks_and_thoughts_and_never_more_text() -> None:
    smuggled = {"type": "text", "text": "as much as you like"}
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
    messages = [
        {"role": "assistant", "content": "x", "anthropic": {"thinking": [thought, smuggled], "content": [smuggled]}},
        {"role": "tool", "tool_call_id": "t", "content": "y", "anthropic": {"cache_control": {}, "source": smuggled}},
        {"role": "user", "content": [{"type": "text", "text": "z", "anthropic": {"citations": {}, "text": "more"}}]},
    ]
    data, notes = sent("anthropic", messages=messages)
    assert "as much" not in orjson.dumps(data).decode()
    assert data["messages"][0]["content"] == [thought, {"type": "text", "text": "x"}]
    assert data["messages"][1]["content"][0].keys() == {"type", "tool_use_id", "content", "cache_control"}
    assert data["messages"][1]["content"][1] == {"type": "text", "text": "z"}
    assert {"dropped:content", "dropped:other", "dropped:content.citations", "dropped:content.text"} <= notes


@pytest.mark.parametrize(
    ("words", "kept", "notes"),
    [
        ({"max_tokens": 10**6, "messages": [], "n": 9}, {}, {"dropped:max_tokens", "dropped:messages", "dropped:n"}),
        (
            {"output_config": {"effort": "max", "format": {}, "task_budget": {}}},
            {"output_config": {"effort": "max"}},
            None,
        ),
        ({"mcp_servers": [{}], "speed": "fast"}, {}, {"dropped:mcp_servers", "dropped:speed"}),
        (
            {"client_tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 100}]},
            {},
            {"dropped:client_tools"},
        ),
        (
            {"client_tools": [{"type": "bash_20250124", "name": "bash", "description": "as much as you like"}]},
            {"tools": [{"type": "bash_20250124", "name": "bash"}]},
            {"dropped:client_tools"},
        ),
        (
            {"betas": ["b"], "context_management": {"edits": [{"type": "compact_20260112"}]}},
            {},
            {"dropped:context_management"},
        ),
        (
            {"betas": ["b"], "context_management": {"edits": [{"type": "clear_thinking_20251015"}]}},
            {"context_management": {"edits": [{"type": "clear_thinking_20251015"}]}},
            set(),
        ),
    ],
)
def test_what_has_a_price_of_its_own_at_anthropic_is_left_out(words: Any, kept: Any, notes: Any) -> None:
    data, noted = sent("anthropic", anthropic=words)
    assert data["max_tokens"] == model().max_output
    rest = {name: value for name, value in data.items() if name not in ("model", "messages", "max_tokens")}
    assert rest == kept
    assert notes is None or noted == notes


@pytest.mark.parametrize(
    ("most", "budget", "kept", "note"),
    [
        (2_000, 1_024, 1_024, None),
        (2_000, 30_000, 1_999, "clamped:thinking.budget_tokens=1999"),
        (1_000, 1_024, None, "dropped:thinking"),
    ],
)
def test_thoughts_are_within_the_limit(most: int, budget: int, kept: int | None, note: str | None) -> None:
    thinking = {"type": "enabled", "budget_tokens": budget}
    data, notes = sent("anthropic", max_tokens=most, anthropic={"thinking": thinking})
    assert data.get("thinking") == (thinking | {"budget_tokens": kept} if kept else None)
    assert notes == ({note} if note else set())


@pytest.mark.parametrize("name", sorted(ROUTERS))
def test_an_operator_can_t_allow_what_the_router_must_say(name: str) -> None:
    with pytest.raises(ValueError, match=f"allow: {name} is for the router to say"):
        create({"base_url": "http://x/v1", "allow": ["top_k", name]})


@pytest.mark.parametrize("wrong", ["top_k", [5], [""], ["x"] * (MOST_ALLOWED + 1)])
def test_what_is_allowed_is_a_list_of_names(wrong: Any) -> None:
    with pytest.raises(ValueError, match="allow"):
        create({"base_url": "http://x/v1", "allow": wrong})


def test_a_kind_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="kind"):
        create({"base_url": "http://x/v1", "kind": "vlm"})


def test_azure_s_older_path_is_azure_s() -> None:
    settings = settings_of({"base_url": "http://x", "style": "azure-deployments", "api_version": "1"})
    assert kind_of(settings).chat.parameters.keys() == KINDS["azure"].chat.parameters.keys()


def test_every_name_on_a_list_is_one_that_a_note_may_have() -> None:
    every = {
        name
        for kind in KINDS.values()
        for part in (kind.chat, kind.embeddings, kind.speech)
        for name in part.parameters
    }
    beside = {name for kind in KINDS.values() for name in (*kind.chat.messages, *kind.chat.parts)}
    assert (
        every | beside | ALLOWED.parameters.keys() | NEVER.keys() | ROUTERS | set(ChatRequest.__slots__)
        <= PARAMETER_NAMES
    )
    assert not {"service_tier", *NEVER} & every
