"""Answers in memory are bounded in bytes, forgotten in order, and come back as they went in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.serving.cached_answers.answer_cache import MOST_OF_ONE, AnswerCache, KeptAnswer, keepable
from router.serving.cached_answers.cache_use import DEFAULT_USE, CacheUse, cache_use_of
from router.types import Chunk

END = Chunk(finish_reason="stop")


def kept(size: int, receipt: str = "r") -> KeptAnswer:
    return KeptAnswer(receipt, "m", (END,), 0.0, 10.0, size)


def test_the_least_recently_given_goes_first_and_what_is_too_large_does_not_come_in() -> None:
    cache = AnswerCache(300)
    for name in (b"a", b"b", b"c"):
        cache.keep(name, kept(100))
    assert cache.find(b"a", 1.0)
    cache.keep(b"d", kept(100))
    assert [bool(cache.find(name, 1.0)) for name in (b"a", b"b", b"c", b"d")] == [True, False, True, True]
    cache.keep(b"a", kept(301))
    assert (cache.find(b"a", 1.0), cache.held_bytes) == (None, 200)
    cache.clear()
    assert (len(cache), cache.held_bytes) == (0, 0)
    wide = AnswerCache(10 * MOST_OF_ONE)
    wide.keep(b"a", kept(MOST_OF_ONE + 1))
    assert len(wide) == 0


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 120), st.booleans()), max_size=40))
def test_it_never_holds_more_than_it_may(steps: list[tuple[int, int, bool]]) -> None:
    cache = AnswerCache(200)
    for name, size, late in steps:
        cache.keep(bytes([name]), kept(size))
        cache.find(bytes([name]), 11.0 if late else 1.0)
        assert cache.held_bytes == sum(each.size for each in cache._kept.values()) <= 200


pieces = st.builds(
    lambda index, text, beside, notes: Chunk(index, text, beside=beside, notes=notes),
    index=st.integers(0, 2),
    text=st.sampled_from(["", "a", "한"]),
    beside=st.sampled_from([None, {"reasoning_content": "hm"}]),
    notes=st.sampled_from([(), ("dropped:top_k",)]),
)


@given(st.lists(pieces, max_size=12))
def test_fewer_pieces_say_the_same(chunks: list[Chunk]) -> None:
    answer = keepable([*chunks, END], "r", "m", 1.0, 60.0)
    assert answer is not None
    for index in range(3):
        for part in ("text", "beside", "notes", "finish_reason"):
            before, after = (
                [getattr(chunk, part) for chunk in some if chunk.index == index and getattr(chunk, part)]
                for some in ([*chunks, END], answer.chunks)
            )
            assert (before, after) == (before, before) if part != "text" else "".join(before) == "".join(after)
    assert [chunk.more for chunk in answer.chunks] == [True] * (len(answer.chunks) - 1) + [False]
    assert answer.size >= sum(len(chunk.text.encode()) for chunk in chunks)
    assert (answer.since, answer.until) == (1.0, 61.0)


def test_an_answer_without_an_end_is_none() -> None:
    assert keepable([Chunk(text="half")], "r", "m", 0.0, 60.0) is None
    assert keepable([END, Chunk(text="more")], "r", "m", 0.0, 60.0) is not None


@pytest.mark.parametrize(
    ("directives", "use"),
    [
        (None, DEFAULT_USE),
        ("", DEFAULT_USE),
        ("no-transform, max-stale=5", DEFAULT_USE),
        ("no-cache", CacheUse(gives=False)),
        ('NO-CACHE="x"', CacheUse(gives=False)),
        ("max-age=5 , no-store", CacheUse(gives=False, keeps=False, max_age_s=5)),
        ('max-age="60"', CacheUse(max_age_s=60)),
        ("max-age=soon", CacheUse(max_age_s=0)),
        ("max-age", CacheUse(max_age_s=0)),
        ("max-age=²", CacheUse(max_age_s=0)),
    ],
)
def test_what_a_client_says_of_caches(directives: str | None, use: CacheUse) -> None:
    assert cache_use_of(directives) == use
