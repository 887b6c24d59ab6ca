"""The overview says whether what is asked has changed, in both languages."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from page.conftest import House
from router.evidence.drift import Change

TASKS = Change(what="task", distance=0.3, p=0.002, before={"chat": 0.9, "law": 0.1}, after={"chat": 0.6, "law": 0.4})
LEVEL = Change(what="difficulty", distance=0.1, p=0.4, before={"mean": 0.25}, after={"mean": 0.31})


@pytest.fixture
def drifted(house: House) -> Iterator[House]:
    watch = house.running.live_config.drift
    finding = watch.finding()
    watch.last = replace(finding, recent=80, before=120, changes=(TASKS, LEVEL))
    yield house
    watch.last = finding


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", ("Kinds of work", "drifted", "chat 90%", "law 10%", "no drift shown", "+0.25", "+0.31")),
        ("ko", ("작업 종류", "달라짐", "대화 90%", "법률 10%", "변화가 확인되지 않음", "난이도")),
    ],
)
def test_what_has_changed_is_shown_and_wants_attention(drifted: House, language: str, says: tuple[str, ...]) -> None:
    with drifted.signed_in() as client:
        page = client.get("/", headers={"accept-language": language}).text
    plain = page.replace("\u202f", "").replace("\xa0", "").replace(" %", "%")
    assert [word for word in says if word not in plain] == []
    attention, _, rest = plain.partition('id="drift"')
    assert 'href="#drift"' in attention
    assert attention.count('href="#drift"') == 1
    assert "0.300" in rest


def test_too_few_requests_are_said_to_be_too_few(house: House) -> None:
    with house.signed_in() as client:
        assert "Too few to compare" in client.get("/", headers={"accept-language": "en"}).text
