"""Whether two endpoints answer alike: matched sets of answers, bets on which of a set is the audited one, and a share.

Invariant: pure; what is scored is scored without knowing which answer is the audited one, so that under "the same model
answers" every bet's factor has the mean 1, whatever was learned before.
"""

from router.evidence.matched.answer_vector import vector
from router.evidence.matched.matched_test import Enrolled, MatchedTest, Round
from router.evidence.matched.share_interval import ShareInterval
from router.evidence.matched.swap_watch import SwapWatch
from router.evidence.matched.three_ends import Standing, end_of

__all__ = [
    "Enrolled",
    "MatchedTest",
    "Round",
    "ShareInterval",
    "Standing",
    "SwapWatch",
    "end_of",
    "vector",
]
