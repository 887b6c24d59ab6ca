"""`fungible bench routing`: readers over tables of outcomes, by the published measures, with their baselines.

Invariant: no figure is given without its regime (in-domain, out-of-domain, zero-shot, or none) and its interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import orjson

from router.bench.routing.choice import choose
from router.bench.routing.frontier import Router, Standing, constant, learned, oracle, random_mix
from router.bench.routing.frontier import judge as judge_router
from router.bench.routing.measures import Array
from router.bench.routing.outcome_table import Outcomes
from router.bench.routing.regimes import Advance, in_domain, out_of_domain
from router.bench.routing.robustness import flips
from router.bench.routing.strong_weak import PairScore, judge, random_score
from router.decision.features import excerpt
from router.errors import ConfigError
from router.reading.fit_reader import Texts, look
from router.types import TASKS, Config, Message, Reader, Reading, Situation

READERS = ("random", "length", "shipped", "fit")
MOST_PERTURBED = 300
# A model's answers are not in the tables; their length is assumed where costs are worked out from prices.
ASSUMED_OUTPUT_TOKENS = 200
CHARACTERS_A_TOKEN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One table's figures."""

    table: str
    prompts: int
    strong: str
    weak: str
    strong_score: float
    weak_score: float
    pairs: tuple[PairScore, ...]
    routers: tuple[Standing, ...]
    faults: tuple[str, ...]
    flips: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What to run: the readers, the pair (None: the best and the worst model), prices, folds, bootstrap rounds."""

    reader: Reader
    readers: Sequence[str] = READERS
    strong: str | None = None
    weak: str | None = None
    prices: dict[str, tuple[float, float]] | None = None
    rounds: int = 300
    config: Config | None = None
    policies: Sequence[str] = ()
    most_training: int | None = None

    def run(self, tables: Sequence[Outcomes], advance: Advance = lambda: None) -> list[Report]:
        """Every table, in turn."""
        readings = [[read_prompt(self.reader, prompt) for prompt in table.prompts] for table in tables]
        texts = [look(table.prompts, _task_of(table, reading)) for table, reading in zip(tables, readings, strict=True)]
        return [self._table(tables, texts, readings[number], number, advance) for number in range(len(tables))]

    def _table(
        self, tables: Sequence[Outcomes], texts: Sequence[Texts], readings: list[Reading], number: int, advance: Advance
    ) -> Report:
        table = tables[number]
        strong, weak = self._pair(table)
        chances = self._chances(table, texts[number], advance) if "fit" in self.readers else None
        scores = self._scores(table, readings, chances, (strong, weak))
        if "fit" in self.readers and (outside := out_of_domain(tables, texts, number)) is not None:
            scores["fit", "out-of-domain"] = outside
        known = ~np.isnan(table.column(strong) + table.column(weak))
        ends = table.column(weak)[known], table.column(strong)[known]
        pairs = [judge(name, regime, score[known], *ends, self.rounds) for (name, regime), score in scores.items()]
        routers = self._routers(table, chances) if self.prices else ()
        return Report(
            table=table.name,
            prompts=int(known.sum()),
            strong=strong,
            weak=weak,
            strong_score=float(ends[1].mean()),
            weak_score=float(ends[0].mean()),
            pairs=tuple(pairs),
            routers=routers,
            faults=table.faults,
            flips=self._flips(table),
        )

    def _chances(self, table: Outcomes, texts: Texts, advance: Advance) -> Array:
        return in_domain(table, texts, len(TASKS), advance, most=self.most_training)

    def _flips(self, table: Outcomes) -> dict[str, float]:
        """How often the shipped reader's decisions flip when nothing but the wording's dress changes."""
        if self.config is None or "shipped" not in self.readers:
            return {}
        situation = Situation(max(price.since for prices in self.config.prices.values() for price in prices))
        prompts = table.prompts[:: max(1, len(table.prompts) // MOST_PERTURBED)]
        return flips(self.reader, prompts, self.config, situation, self.config.default_policy)

    def _pair(self, table: Outcomes) -> tuple[str, str]:
        means = np.nanmean(table.scores, axis=0)
        strong = self.strong or table.models[int(np.argmax(means))]
        weak = self.weak or table.models[int(np.argmin(means))]
        for name in (strong, weak):
            table.column(name)
        return strong, weak

    def _scores(
        self, table: Outcomes, readings: list[Reading], chances: Array | None, pair: tuple[str, str]
    ) -> dict[tuple[str, str], Array]:
        scores: dict[tuple[str, str], Array] = {}
        if "random" in self.readers:
            scores["random", "none"] = random_score(len(table.prompts))
        if "length" in self.readers:
            scores["length", "none"] = np.array([float(len(prompt)) for prompt in table.prompts])
        if "shipped" in self.readers:
            scores["shipped", "zero-shot"] = np.array([reading.difficulty for reading in readings])
        if chances is not None:
            strong, weak = (table.models.index(name) for name in pair)
            scores["fit", "in-domain"] = chances[:, strong] - chances[:, weak]
        return scores

    def _routers(self, table: Outcomes, chances: Array | None) -> tuple[Standing, ...]:
        whole = ~np.isnan(table.scores).any(axis=1)
        scores, costs = table.scores[whole], self.costs(table)[whole]
        best, cheapest = int(np.argmax(scores.mean(axis=0))), int(np.argmin(costs.mean(axis=0)))
        every = range(len(table.models))
        routers: list[Router] = [
            random_mix(scores, costs),
            constant(f"best single: {table.models[best]}", [best], len(scores)),
            constant(f"cheapest: {table.models[cheapest]}", [cheapest], len(scores)),
            constant("hull of single models", list(every), len(scores)),
            oracle(scores, costs),
        ]
        if chances is not None:
            bands = {name: self.config.policies[name].band for name in self.policies} if self.config else {}
            picks = {name: choose(chances[whole], costs, table.models, band) for name, band in bands.items()}
            routers[:0] = [
                learned("fit", "in-domain", chances[whole], costs, table.models),
                *(Router(f"fit, policy {name}", "in-domain", (pick,)) for name, pick in picks.items()),
            ]
        return tuple(judge_router(router, scores, costs, self.rounds) for router in routers)

    def costs(self, table: Outcomes) -> Array:
        """USD per 1,000 prompts, for each prompt and model, from prices per million tokens."""
        prices = self.prices or {}
        if missing := [model for model in table.models if model not in prices]:
            raise ConfigError([f"{table.name}: no price for {', '.join(missing)}"])
        taken = np.array([len(prompt) / CHARACTERS_A_TOKEN for prompt in table.prompts])
        inputs, outputs = (np.array([prices[model][part] for model in table.models]) for part in (0, 1))
        costs: Array = (taken[:, None] * inputs + ASSUMED_OUTPUT_TOKENS * outputs) / 1000
        return costs


def read_prompt(reader: Reader, prompt: str) -> Reading:
    """What a reader says of a single prompt."""
    return reader.read(excerpt((Message("user", prompt),)))


def _task_of(table: Outcomes, readings: Sequence[Reading]) -> dict[str, int]:
    return {prompt: TASKS.index(reading.task) for prompt, reading in zip(table.prompts, readings, strict=True)}


def read_prices(path: Path) -> dict[str, tuple[float, float]]:
    """USD per million tokens in and out by model, from JSON `{model: {"input_price": .., "output_price": ..}}`."""
    try:
        rows = orjson.loads(path.read_bytes())
        return {model: (float(row["input_price"]), float(row["output_price"])) for model, row in rows.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        sentence = f'{path}: is not JSON like {{"model": {{"input_price": 0.2, "output_price": 0.6}}}} ({error})'
        raise ConfigError([sentence]) from None
