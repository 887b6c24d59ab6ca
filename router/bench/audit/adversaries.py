"""Who answers when an audited endpoint is asked: honest ones, swaps of every kind, and changes that are no swap.

Invariant: an adversary sees the prompt and what was asked before, never what the audit made of it.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from router.bench.audit.answer_pool import Pool, Rows

HOURS = 24
NIGHT = 6
UPGRADE_AT = 100
COOLER = 3


@dataclass(slots=True)
class Deck:
    """The answers that are left in one run, in an order of its own, by model and prompt."""

    pool: Pool
    left: tuple[list[list[int]], list[list[int]]]

    @staticmethod
    def shuffled(pool: Pool, first: int, rng: np.random.Generator) -> "Deck":
        """A deck of the answers from number `first` on."""
        places = np.arange(first, pool.answers)
        sides = [[rng.permutation(places).tolist() for _ in range(pool.prompts)] for _ in (0, 1)]
        return Deck(pool, (sides[0], sides[1]))

    def has(self, prompt: int, count: int) -> bool:
        """Whether so many answers are left of both."""
        return min(len(side[prompt]) for side in self.left) >= count

    def draw(self, model: int, prompt: int) -> int:
        """The number of the next answer of a model."""
        return self.left[model][prompt].pop()


@dataclass(frozen=True, slots=True)
class Adversary:
    """A name, whether anything is swapped (for who counts alarms), and which (model, answer) it gives.

    `answer` is given the deck, the prompt, the round from 0, the prompts asked before with their counts, whether the
    auditor's account is one that it moves, and a generator.
    """

    name: str
    swaps: bool
    moved_accounts: float
    answer: Callable[["Asked"], tuple[int, int]]


@dataclass(slots=True)
class Asked:
    """What an adversary is asked: `before` counts the prompts of earlier rounds, `moved` is the auditor's account."""

    deck: Deck
    prompt: int
    round: int
    before: Counter[int]
    moved: bool
    rng: np.random.Generator

    def honest(self) -> tuple[int, int]:
        """The original's next answer."""
        return 0, self.deck.draw(0, self.prompt)

    def swapped(self) -> tuple[int, int]:
        """The substitute's."""
        return 1, self.deck.draw(1, self.prompt)


def dilution(share: float) -> Adversary:
    """A share of the calls, by chance."""

    def answer(asked: Asked) -> tuple[int, int]:
        return asked.swapped() if asked.rng.random() < share else asked.honest()

    return Adversary(f"{share:.0%} of calls", True, 0, answer)


def _night(asked: Asked) -> tuple[int, int]:
    return asked.swapped() if asked.round % HOURS < NIGHT else asked.honest()


def _recogniser(asked: Asked) -> tuple[int, int]:
    """Honest whenever it has met a prompt before."""
    return asked.honest() if asked.before[asked.prompt] else asked.swapped()


def _cached(asked: Asked) -> tuple[int, int]:
    """Half of the time the first answer that it ever gave to a prompt, which is always the same one."""
    return (0, 0) if asked.before[asked.prompt] and asked.rng.random() < 0.5 else asked.honest()


def _cooler(asked: Asked) -> tuple[int, int]:
    """The most usual of three answers of the original: a lower temperature, or a quantised one."""
    drawn = [asked.deck.draw(0, asked.prompt) for _ in range(COOLER)]
    rows: Rows = asked.deck.pool.vectors[0, asked.prompt]
    usual = rows.mean(axis=0)
    return 0, max(drawn, key=lambda place: float(rows[place] @ usual))


def _upgrade(asked: Asked) -> tuple[int, int]:
    return asked.swapped() if asked.round >= UPGRADE_AT else asked.honest()


HONEST = Adversary("honest", False, 0, Asked.honest)
SHARES = (1.0, 0.5, 0.3, 0.1, 0.05)
ADVERSARIES = (
    *(dilution(share) for share in SHARES),
    Adversary("10% of accounts", True, 0.1, lambda asked: asked.swapped() if asked.moved else asked.honest()),
    Adversary("6 of 24 hours", True, 0, _night),
    Adversary("honest on prompts it met", True, 0, _recogniser),
    Adversary("whole, from call 101 on", True, 0, _upgrade),
    Adversary("half from a cache", False, 0, _cached),
    Adversary("lower temperature", False, 0, _cooler),
)
