"""What an hour of each GPU generation gives of each model: tokens, and what they then cost.

Invariant: the rates are those by which the books price a request that such a deployment served on that day.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from router.accounting.contracts.terms import SPEED, Footing, gpu_rates, latest
from router.accounting.exact_decimal import exactly, quotient
from router.types import Config, GpuGeneration, GpuTime, InferenceCost, TokenRates

MILLION = Decimal(1_000_000)
HOURS = "GPU-hours"


class Generation(NamedTuple):
    """A column: the name, and what is known of it; None for the GPUs that `costs` states, where nobody names any."""

    name: str
    known: GpuGeneration | None


class Cell(NamedTuple):
    """A model on a generation: tokens in and out for an hour of GPUs that are fully used, and micro-dollars per token.

    Tokens are None where they take no time; the rates allow for how far the GPUs are used. `deployments` names those of
    the model that run on the generation.
    """

    input: Decimal | None
    output: Decimal | None
    rates: TokenRates
    deployments: tuple[str, ...]


class Line(NamedTuple):
    """A row: a model, why its GPU-hours are believed, how far its GPUs are used, and a cell for each generation."""

    model: str
    status: str
    source: str
    utilisation: Decimal
    cells: tuple[Cell, ...]


class Matrix(NamedTuple):
    """On one day. `unknown` models have no GPU-hours; `unpriced` generations are deployed and not in `gpus`."""

    day: date
    generations: tuple[Generation, ...]
    lines: tuple[Line, ...]
    unknown: tuple[str, ...]
    unpriced: tuple[str, ...]

    @property
    def footings(self) -> tuple[Footing, ...]:
        """What it rests on."""
        hours = [Footing("inference", f"{HOURS} of {line.model}", line.status, line.source) for line in self.lines]
        known = [(name, generation) for name, generation in self.generations if generation]
        return (
            *hours,
            *(
                Footing("inference", f"{SPEED} of {name}", generation.status, generation.source)
                for name, generation in known
            ),
        )


def matrix(config: Config, day: date) -> Matrix:
    """Every model whose GPU-hours are known, on every generation that is."""
    contracts = config.contracts
    dated_gpus = [(name, latest(dated, day)) for name, dated in contracts.gpus.items()]
    generations = tuple(Generation(name, generation) for name, generation in dated_gpus if generation) or (
        Generation("", None),
    )
    costs = {model.id: latest(contracts.costs.get(model.id, ()), day) for model in config.models}
    known = {generation.name for generation in generations}
    deployed = [deployment.gpu for deployment in config.deployments if deployment.gpu]
    return Matrix(
        day,
        generations,
        tuple(_line(model, cost, cost.gpu, generations, config) for model, cost in costs.items() if cost and cost.gpu),
        tuple(model for model, cost in costs.items() if not cost or not cost.gpu),
        tuple(dict.fromkeys(gpu for gpu in deployed if gpu not in known)) if contracts.gpus else (),
    )


def _line(model: str, cost: InferenceCost, time: GpuTime, generations: Iterable[Generation], config: Config) -> Line:
    cells = []
    for name, known in generations:
        speed = known.speed if known else Decimal(1)
        where = tuple(
            deployment.name
            for deployment in config.deployments
            if known and (deployment.model, deployment.gpu) == (model, name)
        )
        cells.append(Cell(_an_hour(time.input, speed), _an_hour(time.output, speed), gpu_rates(time, known), where))
    return Line(model, cost.status, cost.source, time.utilisation, tuple(cells))


def _an_hour(hours: Decimal, speed: Decimal) -> Decimal | None:
    """The tokens of an hour, where a million take so many of the GPUs that `costs` states."""
    with exactly():
        million = MILLION * speed
    return quotient(million, hours) if hours else None
