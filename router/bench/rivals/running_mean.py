"""A mean with an interval that holds at every look, for what has no bounds: costs and delays.

The interval is an asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, 2024): like one from
the central limit theorem, but for all sizes of the sample at once. It is narrowest after about `TIGHT_AT` values.
"""

from dataclasses import dataclass
from math import log, sqrt

TIGHT_AT = 100
# A spread that fewer values give is no spread.
LEAST = 10


@dataclass(frozen=True, slots=True)
class RunningMean:
    """Values so far: how many, their mean, and the sum of squares around it."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def after(self, value: float) -> "RunningMean":
        """The mean with one more value (Welford, 1962)."""
        count = self.count + 1
        mean = self.mean + (value - self.mean) / count
        return RunningMean(count, mean, self.squares + (value - self.mean) * (value - mean))

    def interval(self, alpha: float) -> tuple[float, float] | None:
        """Where the true mean lies, at every look but for a chance of about alpha; None for a few values."""
        if self.count < LEAST:
            return None
        rho2 = (-2 * log(alpha) + log(-2 * log(alpha)) + 1) / TIGHT_AT
        grown = self.count * rho2 + 1
        half = sqrt(self.squares / self.count) * sqrt(2 * grown / (self.count**2 * rho2) * log(sqrt(grown) / alpha))
        return self.mean - half, self.mean + half


NOTHING_YET = RunningMean()
