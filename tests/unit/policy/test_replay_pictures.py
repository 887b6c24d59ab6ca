"""The pictures of a replay for a page: drawn from what a ledger logged, empty where it logged nothing."""

from xml.etree import ElementTree

from builders import DAY, ask, features

from router.ledger.packed_request import pack
from router.policy.replay.report.pictures import draw_ledger
from router.types import Situation
from unit.replay_samples import versions


class Log:
    """The packed requests of a ledger."""

    def __init__(self, count: int) -> None:
        self._words: list[str] = []
        self._rows = [self._row(number) for number in range(count)]

    def _row(self, number: int) -> bytes:
        facts, about = features(difficulty=number / 10), ask(unit=f"{number}")
        return pack(f"{number:032x}", facts, about, Situation(DAY), self._code)

    def _code(self, word: str) -> int:
        if word not in self._words:
            self._words.append(word)
        return self._words.index(word)

    def requests(self, most: int) -> tuple[list[bytes], list[str]]:
        return self._rows[:most], self._words


def test_a_change_is_drawn_with_the_owners_that_its_colours_stand_for() -> None:
    both = versions()
    drawn = draw_ledger(Log(5), both.before, both.after)
    assert set(drawn["owners"]) == {"Owner", "Other"}
    for name in ("models", "tasks"):
        assert ElementTree.fromstring(drawn[name]).tag == "svg"
    assert drawn["causes"][0]["flips"] == 5


def test_nothing_logged_is_nothing_drawn() -> None:
    both = versions()
    assert draw_ledger(Log(0), both.before, both.after) == {}
