"""Whether units land on the sides of a ramp in the planned shares, tested after each unit.

Invariant: a sound assignment is ever called a mismatch with probability at most alpha, over all its plans together. A
unit counts once, when it is first seen under a plan: a conversation's later requests are no further evidence.
"""

from dataclasses import dataclass, replace
from math import fsum, lgamma, log

# How close to the plan a mismatch is looked for: the prior has so many units (Lindon and Malek, 2022).
CONCENTRATION = 100.0


@dataclass(frozen=True, slots=True)
class Split:
    """Units seen by side, and the planned shares. `carried` is the log-wealth of earlier plans, `best` the most yet.

    Raises ValueError unless the shares are positive and sum to 1 and alpha lies in (0, 1).
    """

    plan: tuple[float, ...]
    alpha: float
    counts: tuple[int, ...] = ()
    carried: float = 0.0
    best: float = 0.0

    def __post_init__(self) -> None:
        if min(self.plan, default=0.0) <= 0 or abs(fsum(self.plan) - 1) > 1e-9 or not 0 < self.alpha < 1:
            raise ValueError("planned shares are positive and sum to 1, alpha lies between 0 and 1")
        if not self.counts:
            object.__setattr__(self, "counts", (0,) * len(self.plan))

    @property
    def log_wealth(self) -> float:
        """The logarithm of the Bayes factor of a Dirichlet prior around the plan, against it (Lindon and Malek)."""
        prior = [CONCENTRATION * share for share in self.plan]
        likelihoods = (
            lgamma(weight + seen) - lgamma(weight) - seen * log(share)
            for weight, seen, share in zip(prior, self.counts, self.plan, strict=True)
        )
        return self.carried + fsum(likelihoods) + lgamma(CONCENTRATION) - lgamma(CONCENTRATION + sum(self.counts))

    @property
    def mismatched(self) -> bool:
        """Whether the plan was ever refuted."""
        return self.best >= -log(self.alpha)


def assigned(split: Split, side: int, units: int = 1) -> Split:
    """The split after so many more units on one side, counted from 0; raises IndexError for one that is not planned."""
    counts = list(split.counts)
    counts[side] += units
    after = replace(split, counts=tuple(counts))
    return replace(after, best=max(split.best, after.log_wealth))


def replanned(split: Split, plan: tuple[float, ...]) -> Split:
    """The same evidence under a new plan, from the next unit on; raises ValueError as `Split` does."""
    return Split(plan, split.alpha, (), split.log_wealth, split.best)
