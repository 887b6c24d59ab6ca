"""Logged requests as rows and columns, at their edges; that a row is the request is a property."""

from dataclasses import replace

import pytest
from builders import SITUATION, ask, features
from hypothesis import given
from hypothesis import strategies as st

from router.errors import ConfigError
from router.ledger.packed_request import CODES, SIZE, VERSION, joined, pack, parted
from router.policy.replay.request_columns import Coded, dense, gathered, unpack
from router.types import Ask, Features, Permit, Warm

WORDS = ["chat", "en", "plain", "any", "unit", "id", "ordinary"]


def row(read: Features | None = None, wish: Ask | None = None, name: str = "id") -> bytes:
    return pack(name, read or features(), wish or ask(), SITUATION, WORDS.index)


@given(st.lists(st.text(alphabet="ab\x1e\x1f01", max_size=4), min_size=1, max_size=4))
def test_joined_words_come_apart_again(words: list[str]) -> None:
    assert parted(joined(words)) == tuple(words)


def test_a_row_is_short_and_a_trait_adds_a_number() -> None:
    assert len(row()) == SIZE
    assert len(row(features(traits=(1.0, 2.0)))) == SIZE + 16


def test_names_in_hexadecimal_need_no_word() -> None:
    packed = pack("0a" * 16, features(), ask(unit="0b" * 12), SITUATION, [*WORDS[:4], WORDS[6]].index)
    columns = unpack([packed], [*WORDS[:4], WORDS[6]])
    assert (columns.id.at(0), columns.unit.at(0)) == ("0a" * 16, "0b" * 12)


@pytest.mark.parametrize("name", ["0A" * 16, "0a" * 15, " " * 32, "0g" * 16, ""])
def test_other_names_are_words(name: str) -> None:
    assert gathered([(name, features(), ask(unit=name), SITUATION)]).id.at(0) == name


def test_a_number_that_is_too_large_is_the_largest() -> None:
    columns = unpack([row(features(output_limit=10**20, choices=10**6))], WORDS)
    assert columns.at(0)[0].output_limit == 2**32 - 1
    assert columns.at(0)[0].choices == 2**16 - 1


def test_rows_of_a_later_version_are_refused() -> None:
    with pytest.raises(ConfigError, match="1 requests in a form"):
        unpack([row(), bytes([VERSION + 1]) + row()[1:]], WORDS)


def of_version(version: int, packed: bytes) -> bytes:
    """A row as an earlier version packed it: the first knew no keys that permit less than all, the second no caches.

    None of them knew what stands behind the last number that the third had.
    """
    end, lacks, numbers = 8 + 4 + 16 + 12 + 4 * len(CODES), 4 * (3 - version), 8 + 3 * 4
    return bytes([version]) + packed[1 : end - lacks] + packed[end : end + numbers] + packed[SIZE:]


@pytest.mark.parametrize("version", [1, 2, 3])
def test_rows_of_earlier_versions_are_read_too(version: int) -> None:
    old = [of_version(version, row(name="0a" * 16)), of_version(version, row(features(traits=(3.0,))))]
    assert [len(record) for record in old] == [108 + 4 * version, 116 + 4 * version]
    for packed in (old, [*old, row()], [row(), *old], old[:1]):
        columns = unpack(packed, WORDS)
        assert [columns.at(place)[1:] for place in range(len(packed))] == [(ask(), SITUATION)] * len(packed)
    assert unpack(old, WORDS).traits.tolist() == [[0], [3]]


def test_what_a_key_permits_is_a_word() -> None:
    permit = Permit(("a", "b"), (), "owner")
    columns = gathered([("id", features(), replace(ask(), permit=permit), SITUATION)])
    assert columns.permit.at(0) == permit
    assert columns.permit.values == (permit,)


def test_what_was_cached_is_a_word() -> None:
    situation = replace(SITUATION, warm=(Warm("a", 1024), Warm("b", 128)))
    columns = gathered([("id", features(), ask(), situation)])
    assert columns.at(0)[2] == situation


def test_rows_with_and_without_traits_stand_together() -> None:
    columns = unpack([row(features(traits=(1.0, 2.0))), row(), row(features(traits=(3.0,)))], WORDS)
    assert columns.traits.tolist() == [[1, 2], [0, 0], [3, 0]]
    assert len(columns.take(slice(1, 3))) == 2
    assert columns.take(slice(2, 3)).at(0)[0].traits == (3, 0)


def test_numbers_are_counted_without_gaps() -> None:
    codes, distinct = dense(unpack([row()] * 3, WORDS).input_tokens * [3, -1, 3])
    assert (codes.tolist(), distinct) == ([1, 0, 1], [-100, 300])


def test_a_request_without_a_policy_cannot_be_decided() -> None:
    columns = unpack([row()], WORDS)
    with pytest.raises(KeyError, match="plain"):
        replace(columns, policy=Coded(columns.policy.codes, (None,))).at(0)
