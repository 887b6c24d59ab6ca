"""A random sample of a table's distinct prompts, drawn while the table is read, so that memory is bounded.

Invariant: which prompts are in it depends on their words and the seed alone, never on the order of rows; all rows of a
prompt that is in it are in it (bottom-k sampling, Cohen and Kaplan, 2007). Where no more prompts come than are wanted,
all of them are in it.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np

TOP = 2**64 - 1
COUNTED_AT_ONCE = 1_000_000


@dataclass(slots=True)
class PromptSample:
    """The prompts of least rank among those that came; `most` of them are wanted, None for every one."""

    most: int | None = None
    seed: int = 0
    ranks: list[int] = field(default_factory=list)
    """Of the prompts that are kept, in the order in which they came."""
    least_left_out: int = TOP
    """The least rank of what was let go of: nothing that ranks as high comes in again."""
    left_out: array[int] = field(default_factory=lambda: array("Q"))

    @property
    def room(self) -> int | None:
        """How many prompts are kept at most before they are thinned out."""
        return None if self.most is None else 2 * self.most

    def takes(self, prompt: str) -> bool:
        """Whether a prompt that is not kept yet is to be; it then has the next place."""
        if self.most is None:
            return True
        rank = self._rank(prompt)
        if rank >= self.least_left_out:
            self._leave_out([rank])
            return False
        self.ranks.append(rank)
        return True

    def thin(self) -> list[int] | None:
        """Keep no more than are wanted, those of least rank; gives their places as they stood, None where all stay."""
        if self.most is None or len(self.ranks) <= self.most:
            return None
        order = np.argsort(np.array(self.ranks, np.uint64), kind="stable")
        kept, gone = sorted(order[: self.most].tolist()), order[self.most :].tolist()
        self._leave_out([self.ranks[place] for place in gone])
        self.least_left_out = min(self.ranks[place] for place in gone)
        self.ranks = [self.ranks[place] for place in kept]
        return kept

    @property
    def seen(self) -> int:
        """How many distinct prompts came."""
        return len(self.ranks) + len(self._distinct())

    def _rank(self, prompt: str) -> int:
        key = self.seed.to_bytes(8, "big", signed=True)
        return int.from_bytes(blake2b(prompt.encode(errors="surrogatepass"), digest_size=8, key=key).digest(), "big")

    def _leave_out(self, ranks: list[int]) -> None:
        """Remember what was let go of, to count it once however often it comes."""
        self.left_out.extend(ranks)
        if len(self.left_out) >= 2 * COUNTED_AT_ONCE and len(self.left_out) % COUNTED_AT_ONCE < len(ranks):
            self.left_out = self._distinct()

    def _distinct(self) -> array[int]:
        return array("Q", np.unique(np.array(self.left_out, np.uint64)).tobytes())
