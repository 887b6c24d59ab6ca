"""Numbers are written in the fewest digits that still tell them apart, and nothing for what is not known."""

import pytest

from router.page.number_words import (
    NOTHING,
    brief,
    count,
    dollars,
    millionths,
    milliseconds,
    moment,
    percent,
    points,
    tokens,
    zone_of,
)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, NOTHING),
        (0, "$0"),
        ("0.00000248", "$0.00000248"),
        (0.0402, "$0.0402"),
        (1.5, "$1.50"),
        (12.345, "$12.35"),
        (98765.4, "$98,765"),
        (-0.5, "−$0.500"),
    ],
)
def test_dollars(value: float | str | None, said: str) -> None:
    assert dollars(value) == said


def test_signs_are_written_where_a_change_is_meant() -> None:
    assert (dollars(1.0, signed=True), percent(0.1, signed=True), points(0.001)) == ("+$1.00", "+10.0 %", "+0.1")
    assert (percent(-0.27, 0), points(-0.0712), points(0.0)) == ("−27 %", "−7.1", "0.0")


def test_a_small_share_is_not_nothing() -> None:
    assert (percent(0.0001), percent(-0.0001), percent(0.0)) == ("<0.1 %", "−<0.1 %", "0.0 %")


def test_what_is_not_known_is_not_nought() -> None:
    assert {said(None) for said in (count, percent, points, milliseconds, millionths)} == {NOTHING}


def test_other_units() -> None:
    assert [milliseconds(value) for value in (0.4, 12, 1234, 12_340)] == ["0.4 ms", "12 ms", "1,234 ms", "12.3 s"]
    assert [tokens(value) for value in (512, 32_000, 1_000_000)] == ["512", "32k", "1M"]
    assert [brief(value) for value in (0.42, 12.6)] == ["0.4", "13"]
    assert (count(1234.0), millionths("0.5")) == ("1,234", "0.500000")


def test_times_are_the_readers() -> None:
    assert moment("2026-11-01T12:00:00+00:00", zone_of("Asia/Seoul")) == "2026-11-01 21:00:00"
    assert moment("2026-11-01T12:00:00", zone_of("no such zone")) == "2026-11-01 12:00:00"
    assert zone_of("../../etc/passwd").key == "UTC"
