"""Whether a substitute that was as good has become worse: the watch that goes on after a ramp is full.

Evidence gathered while all was well would drown what comes after a change, so a bet begins anew with every pair, and
the sum of all bets is watched (the e-detector of Shin, Ramdas and Rinaldo, 2024, after Shiryaev and Roberts). It is no
test with an alpha, since a watch without end rings some day. Invariant: while the mean of D stays at or above -margin,
the mean number of pairs to a false alarm is at least the run length.
"""

from dataclasses import dataclass, replace

from router.evidence.betting import BOLD_STAKE, EDGE, MOST, expected, kelly, larger, together
from router.evidence.pairs import in_range


@dataclass(frozen=True, slots=True)
class Watch:
    """The margin, in (0, 1); the pairs between false alarms, at least; sums so far, and both parts of the detector.

    Raises ValueError where the margin lies outside, or the run length below 1.
    """

    margin: float
    run_length: float
    pairs: int = 0
    squares: float = 0.0
    patient: float = 0.0
    bold: float = 0.0

    def __post_init__(self) -> None:
        if not (0 < self.margin < 1 and self.run_length >= 1):
            raise ValueError("the margin lies between 0 and 1, the run length is at least 1")

    @property
    def level(self) -> float:
        """What has gathered: it rises by one with each pair at most, on average, while all is well."""
        return together(self.patient, self.bold)

    @property
    def alarm(self) -> bool:
        """Whether it has come to the run length; begin a new watch after one."""
        return self.level >= self.run_length


def watch(state: Watch, outcome: float) -> Watch:
    """The watch after one more D; raises ValueError unless it lies in [-1, 1].

    It bets on twice the margin whatever the mean was so far: that says nothing of what comes after a change.
    """
    d, margin = in_range(outcome), state.margin
    _, square = expected(float(state.pairs), 0.0, state.squares, 0.0, margin)
    stake = kelly(2 * margin, larger(square, 2 * margin / EDGE), margin)
    worse = -d - margin
    return replace(
        state,
        pairs=state.pairs + 1,
        squares=state.squares + d * d,
        patient=min((state.patient + 1) * (1 + stake * worse), MOST),
        bold=min((state.bold + 1) * (1 + BOLD_STAKE / (1 + margin) * worse), MOST),
    )
