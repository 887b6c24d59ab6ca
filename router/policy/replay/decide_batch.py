"""The decision for many requests at once: the same choice as `decide()`, request by request.

Invariant: a property test holds this equal to `decide()` on thousands of random configurations. Requests are taken in
chunks, so that the memory does not grow with their number times the models.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from router.policy.replay.engine import Engine, Part
from router.policy.replay.facts import Lookups
from router.policy.replay.predictions import Shared
from router.policy.replay.request_columns import Codes, Floats, Mask, Requests
from router.types import Config

# Models times requests in a chunk: few enough for the processor's cache, enough to make numpy's overhead small.
CHUNK = 2**18


Watch = Callable[[slice, Shared, Sequence[Part]], object]


class Side(NamedTuple):
    """Requests, with what they ask for as a version of the configuration understands it."""

    requests: Requests
    config: Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What was chosen, a row for each request. `chosen` and `baseline` are places in `config.models`, -1 for none.

    `refused` is a place in `REFUSALS`, 0 for what is answered. Quality is a chance, cost is in whole units of
    10^-`places` micro-dollars, latency in ms; of what is refused they are NaN, 0 and NaN.
    """

    chosen: Codes
    baseline: Codes
    refused: NDArray[np.int8]
    quality: Floats
    cost: NDArray[Any]
    latency: Floats
    places: int
    models: tuple[str, ...]

    @property
    def moved(self) -> Mask:
        """Where a ramp, or what was cached, put another model in the place of the policy's choice."""
        mask: Mask = self.chosen != self.baseline
        return mask

    @property
    def answered(self) -> Mask:
        """Where a model was chosen."""
        mask: Mask = self.chosen >= 0
        return mask


def decide_all(requests: Requests, config: Config) -> Choices:
    """The choice for each request, which must ask for policies and models by the names of this configuration."""
    return decide_sides([Side(requests, config)])[0]


def decide_sides(sides: Sequence[Side], watch: Watch = lambda *_: None) -> list[Choices]:
    """The same requests under several versions; what these have in common is worked out once.

    `watch` is told of each chunk: its rows, what was worked out, and the choices of each side.
    """
    lookups = Lookups(sides[0].requests)
    engines = [Engine(side.requests, side.config, lookups) for side in sides]
    parts: list[list[Part]] = []
    for rows in chunks(len(sides[0].requests), max(len(side.config.models) for side in sides)):
        shared = Shared(sides[0].requests, rows)
        parts.append([engine.choose(rows, shared) for engine in engines])
        watch(rows, shared, parts[-1])
    return [_joined([both[side] for both in parts], engine) for side, engine in enumerate(engines)]


def chunks(count: int, models: int) -> Iterator[slice]:
    """Rows to take at once; one empty chunk where there are none."""
    size = max(1024, CHUNK // max(1, models))
    for start in range(0, max(1, count), size):
        yield slice(start, min(start + size, count))


def _joined(parts: Sequence[Part], engine: Engine) -> Choices:
    columns: dict[str, Any] = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Part)
    }
    models = tuple(model.id for model in engine.config.models)
    return Choices(**columns, places=engine.prices.places, models=models)
