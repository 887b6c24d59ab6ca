"""The page of audits: wealth against 1/α, the end in words, the transcript itself; in both languages."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from unit.audit.test_kept_audits import data

from page.conftest import House
from router.page.drawing.wealth_course import wealth_course

__all__ = ["data"]


@pytest.fixture
def audited(house: House, data: Path) -> Iterator[House]:
    folder = house.place.folder / "audits"
    folder.mkdir()
    shutil.copy(data / "audits" / "one.jsonl", folder)
    shutil.copy(data / "audit.key", house.place.folder)
    house.running.live_config.data = house.place.folder
    yield house
    house.running.live_config.data = None
    shutil.rmtree(folder)
    (house.place.folder / "audit.key").unlink()


def test_an_audit_is_drawn_with_its_end_in_words(audited: House) -> None:
    with audited.signed_in() as client:
        page = client.get("/audit").text
        assert "Audits that have shown another model: 1" in page
        for words in ("another model answers", "1/α = 20", "transcript verified", "model-a", 'class="course"'):
            assert words in page
        assert "question" not in page
        korean = client.get("/audit", headers={"accept-language": "ko"}).text
        assert "다른 모델이 답함" in korean
        assert client.get("/audit.json").json()["/admin/v1/audits"]["data"][0]["end"] == "another_model"
        got = client.get("/admin/v1/audits/one.jsonl")
        assert got.headers["content-type"].startswith("application/x-ndjson")
        assert 'filename="one.jsonl"' in got.headers["content-disposition"]
        assert client.get("/admin/v1/audits/two.jsonl").status_code == 404
    with audited.client() as stranger:
        assert stranger.get("/admin/v1/audits/one.jsonl").status_code == 401


def test_nothing_is_said_plainly(house: House) -> None:
    with house.signed_in() as client:
        assert "No audit is kept here yet" in client.get("/audit").text


def test_a_wealth_is_drawn_within_its_frame() -> None:
    drawn = wealth_course([[1, -50.0], [2, 500.0]], 3.0, "1/α = 20", "a <label>")
    assert "a &lt;label&gt;" in drawn
    assert "NaN" not in drawn
    assert 'class="edge"' in drawn
    assert "-" not in drawn.split('class="course" d="')[1].split('"')[0]
