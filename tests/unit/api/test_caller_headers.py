"""What a caller says of itself in headers: nothing is dropped in silence."""

from collections.abc import Mapping

import pytest

from router.api.http.caller_headers import caller_headers, consent_of, facts_said
from router.errors import BadRequest

TAGS, TEAM = b"x-fungible-tags", b"x-fungible-team"


def tags_of(said: Mapping[str, str]) -> tuple[str, ...]:
    tags: tuple[str, ...] = facts_said(said).get("tags", ())
    return tags


def test_all_lines_of_a_list_count() -> None:
    said = caller_headers([(TAGS, b"clinic, "), (b"host", b"x"), (TAGS, b"beta,,new"), (TAGS, b"")])
    assert tags_of(said) == ("clinic", "beta", "new")
    assert tags_of(caller_headers([])) == ()


def test_the_same_word_twice_is_one_and_an_empty_header_says_nothing() -> None:
    assert caller_headers([(TEAM, b" red"), (TEAM, b""), (TEAM, b"red ")]) == {"team": "red"}
    assert caller_headers([(TEAM, b"  ")]) == {}


@pytest.mark.parametrize("words", [b"\xeb\xb3\x91\xec\x9b\x90", "병원".encode()])
def test_words_of_today_are_utf_8_and_old_ones_latin_1(words: bytes) -> None:
    assert tags_of(caller_headers([(TAGS, words)])) == ("병원",)
    assert tags_of(caller_headers([(TAGS, b"caf\xe9")])) == ("café",)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([(b"x-fungible-residency", b"kr"), (b"x-fungible-residency", b"us")], "more than once"),
        ([(b"x-fungible-residency", b"kr, us")], "a comma parts several"),
        ([(TEAM, b"red,blue")], "a comma parts several"),
        ([(b"x-fungible-policy", b"cost"), (b"x-fungible-policy", b"quality")], "more than once"),
        ([(b"x-fungible-unit", b"a"), (b"x-fungible-unit", b"b")], "more than once"),
        ([(b"x-fungible-tag", b"clinic")], "no such header.*'?tags"),
        ([(b"x-fungible_tags", b"clinic")], "no such header"),
        ([(b"x_fungible_tags", b"clinic")], "no such header"),
        ([(TEAM, b"r" * 257)], "257 characters are too many"),
    ],
)
def test_what_could_mean_two_things_is_refused(lines: list[tuple[bytes, bytes]], words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        caller_headers(lines)


@pytest.mark.parametrize(
    ("line", "words"),
    [(",".join(f"t{n}" for n in range(17)).encode(), "17 tags; 16"), (b"a," + b"t" * 257, "257 characters")],
)
def test_no_tag_is_dropped_for_being_one_too_many_or_too_long(line: bytes, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        tags_of(caller_headers([(TAGS, line)]))


def test_consent_is_one_of_four_words() -> None:
    assert consent_of({}) is None
    assert consent_of({"consent": "exact"}) == "exact"
    with pytest.raises(BadRequest, match="none of exact, family, owner, any"):
        consent_of({"consent": "some"})
