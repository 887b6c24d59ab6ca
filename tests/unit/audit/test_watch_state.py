"""The file of a watch: what it keeps is enough to go on, and a damaged one is refused."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from router.audit.watch_state import WatchState
from router.errors import ConfigError
from router.evidence.matched import MatchedTest, SwapWatch, vector

ABOUT = {"model": "m"}


def pair(number: int) -> list[np.ndarray]:
    return [vector(f"Sure, number {number}!"), vector(f"the answer is {number * 7 % 11}")]


def test_a_watch_goes_on_as_if_it_had_not_been_stopped(tmp_path: Path) -> None:
    state = WatchState(tmp_path / "s", ABOUT)
    whole, test = SwapWatch.fresh(1e9), MatchedTest(0.05)
    for number in range(12):
        state.keep("p", pair(number), Decimal(number))
        whole = whole.after(test.observe("p", np.array(pair(number))).scores)
    state.close()
    with (tmp_path / "s").open("ab") as file:
        file.write(b'{"prompt": "p", "vec')
    again = WatchState(tmp_path / "s", ABOUT)
    taught = MatchedTest(0.05)
    watch = again.resume(taught, SwapWatch.fresh(1e9))
    assert watch.level == pytest.approx(whole.level)
    assert (again.rounds, again.spent) == (12, Decimal(11))
    assert taught.score("p", np.array(pair(40))) == test.score("p", np.array(pair(40)))
    again.alarm(Decimal(12))
    again.close()
    after = WatchState(tmp_path / "s", ABOUT).resume(MatchedTest(0.05), SwapWatch.fresh(1e9))
    assert after.level == 0


@pytest.mark.parametrize(
    "text",
    [
        "no json\n",
        '{"kind":"fungible/watch@v1","model":"other"}\n',
        '{"kind":"fungible/watch@v1","model":"m"}\n{"prompt":"p","vectors":"???","spent":"1"}\n',
        '{"kind":"fungible/watch@v1","model":"m"}\n{"alarm":true}\n',
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "s").write_text(text)
    with pytest.raises(ConfigError, match="s "):
        WatchState(tmp_path / "s", ABOUT).resume(MatchedTest(0.05), SwapWatch.fresh(10))
