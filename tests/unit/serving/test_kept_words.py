"""Words of requests: kept only where the operator says so, sealed, for a time; then they are gone from the disk."""

import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from router.serving.words import word_keeper, word_store
from router.serving.words.word_keeper import WordKeeper, word_keeper_of, words_of
from router.serving.words.word_store import KEY, WORDS, WordStore, has_words
from router.types import ChatRequest, Message

HOUR = 3600.0
PHRASE = "A word like no other: xylographer."


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def answer(receipt: str, text: str = PHRASE, **more: Any) -> Any:
    request = ChatRequest("auto", (Message("system", "Be brief."), Message("user", text)), **more)
    return SimpleNamespace(receipt=SimpleNamespace(id=receipt), request=request)


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_nothing_is_written_where_it_is_off(tmp_path: Path) -> None:
    assert word_keeper_of(tmp_path, None) is None
    assert [*tmp_path.iterdir()] == []
    assert not has_words(tmp_path)


def test_words_are_kept_sealed_and_gone_after_their_time(tmp_path: Path) -> None:
    clock = Clock()
    keeper = WordKeeper(WordStore(tmp_path, HOUR, clock))
    keeper.keep(answer("r1"))
    keeper.close()
    store = WordStore(tmp_path, HOUR, clock)
    assert store.by_receipt() == {"r1": PHRASE}
    (sealed,) = store._texts._rows.execute("SELECT sealed FROM words").fetchone()
    assert b"xylographer" not in on_disk(tmp_path)
    assert sealed in on_disk(tmp_path)
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in (KEY, WORDS)} == {0o600}
    clock.now += HOUR
    assert store.by_receipt() == {}
    assert (store.sweep(), store.count()) == (1, 0)
    # Not even what only the key could open is left in the file, or in its log.
    assert sealed not in on_disk(tmp_path)
    store.close()


def test_what_an_earlier_server_kept_goes_though_it_is_off_now(tmp_path: Path) -> None:
    clock = Clock()
    store = WordStore(tmp_path, HOUR, clock)
    store.keep([("r1", PHRASE)])
    clock.now += HOUR
    WordKeeper(store, keeps=False).close()
    left = WordStore(tmp_path, HOUR, clock)
    assert left.count() == 0
    left.close()
    keeper = word_keeper_of(tmp_path, None)
    assert keeper is not None
    keeper.keep(answer("r2"))
    keeper.close()
    again = WordStore(tmp_path, HOUR, clock)
    assert again.count() == 0
    again.close()


def test_a_request_may_say_that_it_is_not_to_be_stored(tmp_path: Path) -> None:
    keeper = WordKeeper(WordStore(tmp_path, HOUR))
    keeper.keep(answer("r1", store=False))
    keeper.keep(answer("r2", store=True))
    keeper.keep(SimpleNamespace(receipt=None, request=answer("r3").request))
    keeper.keep(answer("r4", text=""))
    keeper.close()
    store = WordStore(tmp_path, HOUR)
    assert [*store.by_receipt()] == ["r2"]
    store.close()


def test_only_what_users_say_is_kept_and_only_its_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_keeper, "MOST_CHARACTERS", 10)
    said = [
        Message("system", "secret"),
        Message("user", "abcd"),
        Message("assistant", "no"),
        Message("user", "efghijkl"),
    ]
    assert words_of(ChatRequest("auto", tuple(said))) == "abcd\nefghi"


def test_of_too_many_the_oldest_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    store = WordStore(tmp_path, HOUR, clock)
    for number in range(5):
        store.keep([(f"r{number}", "x")])
        clock.now += 1
    monkeypatch.setattr(word_store, "MOST_ROWS", 2)
    assert store.sweep() == 3
    assert [*store.by_receipt()] == ["r3", "r4"]
    store.close()


def test_what_can_t_be_written_or_waits_too_long_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_keeper, "MOST_WAITING", 2)
    monkeypatch.setattr(word_keeper, "GATHER_S", 60.0)
    store = WordStore(tmp_path, HOUR)
    keeper = WordKeeper(store)
    for number in range(3):
        keeper.keep(answer(f"r{number}"))
    assert keeper.lost == 1
    monkeypatch.setattr(store, "keep", lambda _: 1 / 0)
    keeper.close()
    assert keeper.lost == 3


def test_a_changed_row_is_nobody_s(tmp_path: Path) -> None:
    store = WordStore(tmp_path, HOUR)
    store.keep([("r1", "one"), ("r2", "two")])
    with store._texts._rows as rows:
        rows.execute("UPDATE words SET sealed = (SELECT sealed FROM words WHERE id = 'r2') WHERE id = 'r1'")
    assert store.by_receipt() == {"r2": "two"}
    store.close()
