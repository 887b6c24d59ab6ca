"""What is remembered of caches: beginnings, for their caller, for a while, until a backend denies it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from builders import DAY, SITUATION, TIME, ask, config, exchange, features, model

from router.decision.decide import decide
from router.serving.deployments.cache_affinity import CacheAffinity
from router.types import Ask, Caller, ChatRequest, EmbeddingRequest, Message, Part, PromptCache, Usage, Warm

CACHE = PromptCache("a test", DAY, "assumed", 1024, 300)
HOLDS = model("holds", prompt_cache=CACHE)
LONG = features(input_tokens=2_000)
NEW, CACHED = Usage(2_000, 10, 0, "backend"), Usage(2_000, 10, 1_920, "backend")
FIRST = Message("user", "What is a monad?")
TURNS = (FIRST, Message("assistant", "A monoid."), Message("user", "And a monoid?"))


def request(*messages: Message, **changes: Any) -> ChatRequest:
    return ChatRequest("plain", messages or (FIRST,), **changes)


def remembering(asked: ChatRequest | None = None, served: Any = HOLDS, about: Ask | None = None) -> CacheAffinity:
    affinity = CacheAffinity(b"salt", most=2)
    learn(affinity, asked or request(), served, about)
    return affinity


def learn(
    affinity: CacheAffinity, asked: ChatRequest, served: Any = HOLDS, about: Ask | None = None, **changes: Any
) -> None:
    wish = about or ask()
    made = exchange(decide(LONG, wish, SITUATION, config(HOLDS)), changes.get("read", LONG), wish)
    situation = replace(SITUATION, warm=changes.get("warm", ()))
    affinity.learn(asked, replace(made, situation=situation), served, changes.get("usage", NEW))


def test_a_conversation_is_warm_where_it_went_before() -> None:
    affinity = remembering()
    assert affinity.warm(request(*TURNS), ask(), LONG, TIME) == (Warm("holds", 1_920),)
    assert affinity.warm(request(), ask(), LONG, TIME) == (Warm("holds", 1_920),), "the same again"


def test_it_is_never_more_than_the_request_has() -> None:
    assert remembering().warm(request(), ask(), features(input_tokens=500), TIME) == (Warm("holds", 500),)


@pytest.mark.parametrize(
    ("asked", "about"),
    [
        (request(Message("user", "Another beginning")), ask()),
        (request(replace(FIRST, name="ann"), *TURNS[1:]), ask()),
        (request(*TURNS, tools=()), ask()),
        (request(*TURNS), ask(caller=Caller("key_2"))),
    ],
)
def test_another_beginning_and_another_caller_are_not(asked: ChatRequest, about: Ask) -> None:
    assert remembering().warm(asked, about, LONG, TIME) == ()


def test_a_mark_that_moves_with_every_turn_says_nothing() -> None:
    def said(**extra: Any) -> Message:
        return Message("user", (Part("text", "What is a monad?", extra=extra or None),), extra=extra or None)

    affinity = remembering(request(said(cache_control={"type": "ephemeral"})))
    assert affinity.warm(request(said(), *TURNS[1:]), ask(), LONG, TIME)


def test_it_cools_down() -> None:
    affinity = remembering()
    assert affinity.warm(request(), ask(), LONG, TIME + timedelta(seconds=299))
    assert affinity.warm(request(), ask(), LONG, TIME + timedelta(seconds=300)) == ()


def test_the_longest_beginning_of_each_model_counts() -> None:
    affinity = remembering()
    learn(affinity, request(*TURNS), read=features(input_tokens=3_000))
    learn(affinity, request(*TURNS), replace(HOLDS, id="also"))
    longer = (*TURNS, Message("assistant", "A set."), Message("user", "Thanks"))
    cached = affinity.warm(request(*longer), ask(), features(input_tokens=4_000), TIME)
    assert cached == (Warm("also", 1_920), Warm("holds", 2_944))


@pytest.mark.parametrize(
    ("asked", "served", "read"),
    [
        (request(), model("none"), LONG),
        (request(), HOLDS, features(input_tokens=1_023)),
        (EmbeddingRequest("plain", (FIRST,)), HOLDS, LONG),
    ],
)
def test_what_no_model_keeps_is_not_remembered(asked: ChatRequest, served: Any, read: Any) -> None:
    affinity = CacheAffinity(b"")
    learn(affinity, asked, served, read=read)
    assert affinity.warm(asked, ask(), LONG, TIME) == ()


def test_a_short_request_is_not_looked_up() -> None:
    assert remembering().warm(request(), ask(), features(input_tokens=127), TIME) == ()


def test_a_backend_that_denies_it_is_believed() -> None:
    affinity = remembering()
    learn(affinity, request(*TURNS), warm=(Warm("holds", 1_920),), usage=CACHED)
    assert affinity.warm(request(*TURNS), ask(), LONG, TIME)
    learn(affinity, request(*TURNS), warm=(Warm("holds", 1_920),), usage=NEW)
    assert affinity.warm(request(*TURNS), ask(), LONG, TIME) == ()


def test_a_count_of_our_own_denies_nothing() -> None:
    affinity = remembering()
    learn(affinity, request(*TURNS), warm=(Warm("holds", 1_920),), usage=replace(NEW, counted="exact"))
    assert affinity.warm(request(*TURNS), ask(), LONG, TIME)


def test_the_oldest_beginnings_are_forgotten_first() -> None:
    affinity = remembering()
    others = [request(Message("user", word)) for word in ("two", "three")]
    for other in others:
        learn(affinity, other)
    assert affinity.warm(request(), ask(), LONG, TIME) == ()
    assert all(affinity.warm(other, ask(), LONG, TIME) for other in others)
