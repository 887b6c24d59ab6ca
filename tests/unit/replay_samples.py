"""Logs and versions for the tests of replays: small, and each number in them is known."""

from typing import Any

from builders import DAY, ask, config, features, model, policy, price

from router.policy.replay.flip_causes import Versions
from router.policy.replay.replay import replay
from router.policy.replay.request_columns import Requests, gathered
from router.policy.replay.result import Replay
from router.types import Ask, Caller, Config, Features, Situation

STRONG, WEAK = model("strong", 3.0), model("weak", 2.0, owner="Other")
PRICES = {"strong": (price("10", "20"),), "weak": (price("1", "2"),)}


def versions(before: float = 0.0, after: float = 1.0, **more: Any) -> Versions:
    """Two models, and a policy `plain` with two bands: 0 chooses the strong and dear one, 1 the weak and cheap."""
    first, other = (config(STRONG, WEAK, prices=PRICES, policies={"plain": policy(b, **more)}) for b in (before, after))
    return Versions(first, other)


def wide(band: float = 1.0, **more: Any) -> Config:
    """A version with another band."""
    return config(STRONG, WEAK, prices=PRICES, policies={"plain": policy(band, **more)})


def log(*requests: tuple[Features, Ask], day: Any = DAY) -> Requests:
    """Requests with ids 0, 1, 2, ...; each a conversation of its own unless it says otherwise."""
    return gathered((f"{n}", read, wish, Situation(day)) for n, (read, wish) in enumerate(requests))


def many(count: int = 40, **more: Any) -> Requests:
    """Requests that grow more difficult, of two keys in turn, each a conversation of its own."""
    return log(
        *(
            (
                features(difficulty=n / 10, task=("chat", "coding")[n % 2], **more),
                ask(unit=f"{n}", caller=Caller(f"k{n % 2}")),
            )
            for n in range(count)
        )
    )


def told(count: int = 40) -> Replay:
    """A replay in which every request flips from the strong to the weak model."""
    return replay(many(count), versions(), ("<old>", "new & improved"))
