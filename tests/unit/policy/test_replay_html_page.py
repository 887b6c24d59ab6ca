"""The page: complete in itself, every text escaped, everything in it that a person needs."""

import re
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from builders import ask, features

from router.policy.replay.flip_causes import Versions
from router.policy.replay.intervals import Estimate
from router.policy.replay.replay import replay
from router.policy.replay.report.html_page import page
from router.policy.replay.report.number_format import dollars, part, points, refusals, seconds, share, tick, within
from router.policy.replay.report.shift_plot import ticks
from router.policy.replay.result import Replay
from router.types import Caller
from unit.replay_samples import log, many, told, versions, wide

VOID = {"meta", "br", "hr", "input", "link", "img"}


class Strict(HTMLParser):
    """Notes what is open; complains of what closes something else."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def parsed(replayed: Replay) -> Strict:
    reader = Strict()
    reader.feed(page(replayed))
    reader.close()
    assert reader.open == []
    return reader


def test_the_page_needs_nothing_from_elsewhere() -> None:
    text = page(told())
    assert not re.search(r"(src|href)=|url\(|@import|https?:|<script|<link|<img|<iframe", text)
    assert "prefers-color-scheme: dark" in text


def test_every_text_is_escaped() -> None:
    text = page(told())
    assert "<old>" not in text
    assert "&lt;old&gt;" in text
    assert "new &amp; improved" in text
    parsed(told())


def test_the_page_says_what_the_replay_says() -> None:
    words = " ".join(parsed(told()).texts)
    for wanted in (
        "100.0 %",
        "40 requests",
        "−90.0 %",
        "$0.0800 → $0.0080",
        "policies.plain.band: 0 -> 1",
        "strong",
        "k1",
    ):
        assert wanted in words, wanted


def test_ribbons_are_as_thick_as_their_requests_are_many() -> None:
    titles = [
        text for text in parsed(replay(many(), Versions(wide(0), wide(0.06)))).texts if " → " in text and ":" in text
    ]
    assert sum(int(re.findall(r": (\d+) \(", title)[0]) for title in titles) == 40


def test_a_page_of_an_empty_log_stands() -> None:
    assert "0 logged requests" in page(replay(log(), versions()))


def test_where_nothing_flips_no_causes_are_told() -> None:
    text = page(replay(many(), versions(0, 0)))
    assert "What flipped them" not in text
    assert "Most predicted quality lost" not in text


def test_changes_without_effect_are_listed_too() -> None:
    text = page(replay(many(), Versions(wide(1), wide(0.9))))
    assert "1 change flips nothing" in text
    assert "<ul><li>policies.plain.band: 1 -&gt; 0.9</li></ul>" in text


def test_what_is_refused_is_told() -> None:
    replayed = replay(many(), Versions(wide(0), wide(0, floors={"chat": 0.99})))
    sentence = (
        "20 are refused after the change, 0 before; 20 of them were answered before; 20 since no model may answer"
    )
    assert refusals(replayed) == sentence
    assert sentence in page(replayed)
    assert "nobody" in page(replayed)
    again = replay(many(), Versions(wide(0, floors={"chat": 0.99}), wide(0)))
    assert refusals(again) == "0 are refused after the change, 20 before"
    assert refusals(told()) == ""


def test_a_long_name_is_cut_and_told_in_full() -> None:
    name = "k" * 30
    text = page(replay(log((features(), ask(caller=Caller(name))), (features(), ask())), versions()))
    assert f"…{'k' * 21}<title>{name}: 1 of 1 requests flip</title>" in text


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (share(0.0421), "+4.2 %"),
        (share(-1.5), "−150.0 %"),
        (share(float("inf")), "+∞ %"),
        (points(-0.00001), "0.00"),
        (points(0.0123), "+1.23"),
        (seconds(-1234), "−1.23 s"),
        (part(1, 3), "33.3 %"),
        (part(0, 0), "0.0 %"),
        (part(3, 1_000_000), "<0.1 %"),
        (tick(-0.3), "−30"),
        (tick(0.1 * 3), "30"),
        (dollars(Decimal(0)), "$0"),
        (dollars(Decimal(123)), "$0.000123"),
        (dollars(Decimal(1_234_567)), "$1.2346"),
        (dollars(Decimal(1_234_567_890)), "$1,234.57"),
        (within(Estimate(0.1), share), "too few conversations for an interval"),
        (within(Estimate(0.1, -0.1, 0.2), share), "−10.0 % to +20.0 %"),
    ],
)
def test_figures_have_signs_and_units(said: str, expected: str) -> None:
    assert said == expected


@pytest.mark.parametrize(("least", "most"), [(-1.0, 0.0), (0.0, 1.0), (-0.84, 0.0), (-0.5, 1.86), (-0.0003, 0.0)])
def test_ticks_are_few_and_one_is_nothing(least: float, most: float) -> None:
    marks = ticks(least, most)
    assert 0.0 in marks
    assert 3 <= len(marks) <= 6
    assert least <= min(marks) <= max(marks) <= most + 1e-12
