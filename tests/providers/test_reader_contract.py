"""Every reader that is installed, ours and a stranger's, keeps the contract, whatever its service does."""

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pytest

from router.reading.artefact import load_reader
from router.types import TASKS, Excerpt, Reader

READERS = sorted(entry_points(group="fungible.readers"), key=lambda entry: entry.name)
SETTINGS: Mapping[str, Mapping[str, Any]] = {"http": {"url": "http://127.0.0.1:9/", "time_limit_ms": 50}}
TEXTS = ["", "hi", "Prove P != NP.", "이 글을 요약해 줘", "\ud800", "\0", "x" * 2000]


@pytest.fixture(params=READERS, ids=lambda entry: entry.name, scope="module")
def reader(request: pytest.FixtureRequest) -> Reader:
    entry: EntryPoint = request.param
    made: Reader = entry.load()(SETTINGS.get(entry.name, {}), load_reader())
    return made


@pytest.mark.parametrize("text", TEXTS, ids=[str(number) for number in range(len(TEXTS))])
def test_any_text_is_read_and_read_the_same_again(reader: Reader, text: str) -> None:
    reading = reader.read(Excerpt(text, "", "", len(text)))
    assert reading.task in TASKS
    assert 0 <= reading.task_probability <= 1
    assert -20 <= reading.difficulty <= 20
    assert reading.output_tokens >= 0
    assert reading.stakes in ("ordinary", "high")
    assert reader.read(Excerpt(text, "", "", len(text))) == reading


def test_it_has_a_name(reader: Reader) -> None:
    assert isinstance(reader.name, str)
    assert reader.name


@pytest.mark.parametrize("entry", READERS, ids=lambda entry: entry.name)
def test_a_wrong_setting_is_named_and_its_value_is_not_repeated(entry: EntryPoint) -> None:
    with pytest.raises(ValueError, match="unheard_of") as caught:
        entry.load()({"unheard_of": "a-secret"}, load_reader())
    assert "a-secret" not in str(caught.value)
