"""Paired outcomes of one task as two bets: that the substitute is not worse by the margin, and that it is.

D is the substitute's outcome minus the original's, in [-1, 1]. One wealth bets against "worse by the margin or more"
(mean of D at most -margin) and promotes; the other against "no worse than the margin" (mean of D at least -margin) and
harms. Invariant: each reaches 1/alpha under its own null with probability at most alpha, however often one looks.
"""

from dataclasses import dataclass, replace

from router.evidence.betting import MOST, factors, together


@dataclass(frozen=True, slots=True)
class Question:
    """By how much the substitute may be worse, in (0, 1), and how often each answer may be wrong, in (0, 1).

    Raises ValueError where either lies outside.
    """

    margin: float
    alpha: float

    def __post_init__(self) -> None:
        if not (0 < self.margin < 1 and 0 < self.alpha < 1):
            raise ValueError("margin and alpha lie between 0 and 1")

    @property
    def threshold(self) -> float:
        """The wealth that decides, 1/alpha."""
        return 1 / self.alpha


@dataclass(frozen=True, slots=True)
class Wealth:
    """The two parts of a wealth, each as a multiple of what it began with, and the most that the whole ever was."""

    patient: float = 1.0
    bold: float = 1.0
    best: float = 1.0

    @property
    def value(self) -> float:
        """The whole; it began at 1."""
        return together(self.patient, self.bold)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the pairs of one task say so far: how many, the sums of D and of its squares, and both wealths."""

    question: Question
    pairs: int = 0
    total: float = 0.0
    squares: float = 0.0
    promote: Wealth = Wealth()
    harm: Wealth = Wealth()

    @property
    def promoted(self) -> bool:
        """Whether "worse by the margin or more" was ever refuted."""
        return self.promote.best >= self.question.threshold

    @property
    def harmed(self) -> bool:
        """Whether "no worse than the margin" was ever refuted."""
        return self.harm.best >= self.question.threshold


def difference(original: float, substitute: float) -> float:
    """D of a pair; raises ValueError unless both outcomes lie in [0, 1]."""
    if not (0 <= original <= 1 and 0 <= substitute <= 1):
        raise ValueError("an outcome lies in [0, 1]")
    return substitute - original


def in_range(outcome: float) -> float:
    """The outcome itself; raises ValueError unless it is a number in [-1, 1]."""
    # What is no number compares as false.
    if not -1 <= outcome <= 1:
        raise ValueError("a difference of outcomes lies in [-1, 1]")
    return outcome


def observe(evidence: Evidence, outcome: float) -> Evidence:
    """The evidence after one more D; raises ValueError unless it lies in [-1, 1].

    The one bet hopes for a substitute that is equal, the other, on -D, for one that is worse by twice the margin.
    """
    d = in_range(outcome)
    pairs, total, squares, margin = float(evidence.pairs), evidence.total, evidence.squares, evidence.question.margin
    return replace(
        evidence,
        pairs=evidence.pairs + 1,
        total=total + d,
        squares=squares + d * d,
        promote=_grown(evidence.promote, factors(d, pairs, total, squares, -margin, margin)),
        harm=_grown(evidence.harm, factors(-d, pairs, -total, squares, margin, margin)),
    )


def _grown(wealth: Wealth, by: tuple[float, float]) -> Wealth:
    patient, bold = min(wealth.patient * by[0], MOST), min(wealth.bold * by[1], MOST)
    return Wealth(patient, bold, max(wealth.best, together(patient, bold)))
