"""`fungible bench routing`: readers over tables of outcomes, by the published measures, with their baselines.

Invariant: no figure is given without its regime (in-domain, out-of-domain, as shipped, or none) and its interval.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from router.bench.routing.comparison.differences import Difference
from router.bench.routing.comparison.slices import Slice, length_kind
from router.bench.routing.contenders.compared import Compared, compare
from router.bench.routing.contenders.endpoint_choices import EndpointChoices
from router.bench.routing.contenders.line_up import Field
from router.bench.routing.contenders.wanted import Wanted
from router.bench.routing.deciding import Deciding
from router.bench.routing.frontier import Router, Standing, constant, learned, oracle, random_mix
from router.bench.routing.frontier import judge as judge_router
from router.bench.routing.measures import Array
from router.bench.routing.outcome_table import Outcomes
from router.bench.routing.prices import Prices, catalog_prices, costs_of, source_of_costs
from router.bench.routing.readers.given_reader import Given
from router.bench.routing.readers.read_prompts import read_and_look
from router.bench.routing.regimes import Advance, OutOfFold, out_of_domain, out_of_fold, shared_groups
from router.bench.routing.resampling import TRAINED, Resamples
from router.bench.routing.robustness import flips
from router.bench.routing.strong_weak import PairScore, expected_of_random, judge
from router.bench.routing.table_checks import require_gap, require_size, require_whole
from router.reading.fit_reader import Texts
from router.reading.ngrams import Ints
from router.types import TASKS, Config, Reader, Reading, Situation

READERS = ("random", "length", "shipped", "fit")
MOST_PERTURBED = 300
# Costs of a prompt are learned in units of so many to the dollar, since what is learned has no size below one.
FINE = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One table's figures; `groups` is how many prompts are no near-duplicates of one another."""

    table: str
    prompts: int
    groups: int
    strong: str
    weak: str
    strong_score: float
    weak_score: float
    pairs: tuple[PairScore, ...]
    routers: tuple[Standing, ...]
    costs_from: str
    models: tuple[str, ...]
    faults: tuple[str, ...]
    notes: tuple[str, ...]
    flips: dict[str, float] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    slices: tuple[Slice, ...] = ()
    robustness: dict[str, float] = field(default_factory=dict)
    compared: Compared | None = field(default=None, repr=False)
    """The contenders themselves, where some were named."""
    digest: str = ""
    rows: tuple[int, ...] = field(default=(), repr=False)
    """Which prompts of the table the routers were measured on."""

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        own = {item.name: getattr(self, item.name) for item in fields(self) if item.name not in ("compared", "rows")}
        listed = ("pairs", "routers", "differences", "slices")
        return own | {name: [figure.plain() for figure in own[name]] for name in listed}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What to run: the readers, the pair (None: the best and the worst model), prices, folds, bootstrap rounds."""

    reader: Reader
    readers: Sequence[str] = READERS
    strong: str | None = None
    weak: str | None = None
    prices: Prices | None = None
    rounds: int = 300
    config: Config | None = None
    policies: Sequence[str] = ()
    most_training: int | None = None
    given: Given | None = None
    """A reader that was fitted before, measured beside the others; policies then decide by it."""
    must_decide: bool = False
    """Whether policies that the catalog's models cannot serve are an error, since somebody asked for them by name."""
    compare: Sequence[Wanted] = ()
    """Contenders, the first of which the others are compared with; none for the usual ones without differences."""
    fitted: Mapping[str, Given] = field(default_factory=dict)
    endpoints: Mapping[str, EndpointChoices] = field(default_factory=dict)
    by: Sequence[str] = ()
    """Kept columns to report by, beside task, language, length and source."""
    seed: int = 0

    def run(self, tables: Sequence[Outcomes], advance: Advance = lambda: None) -> list[Report]:
        """Every table, in turn."""
        for table in tables:
            require_size(table)
            require_gap(table, *self._pair(table))
            if self.must_decide and (deciding := self._deciding(table)) is not None:
                deciding.require(table)
        seen = [read_and_look(self.reader, table.prompts, table.groups) for table in tables]
        readings, texts = [readings for readings, _ in seen], [texts for _, texts in seen]
        shared = shared_groups(tables, texts) if len(tables) > 1 else [each.groups for each in texts]
        return [self._table(tables, texts, shared, readings[number], number, advance) for number in range(len(tables))]

    def _table(
        self,
        tables: Sequence[Outcomes],
        texts: Sequence[Texts],
        shared: Sequence[Ints],
        readings: list[Reading],
        number: int,
        advance: Advance,
    ) -> Report:
        table = tables[number]
        strong, weak = self._pair(table)
        apart = self._out_of_fold(table, texts[number], advance) if "fit" in self.readers else None
        chances = apart.chances if apart else None
        scores = self._scores(table, texts[number], readings, chances, (strong, weak))
        if "fit" in self.readers and (outside := out_of_domain(tables, texts, shared, number)) is not None:
            scores["fit", "out-of-domain"] = outside
        known = ~np.isnan(table.column(strong) + table.column(weak))
        ends = table.column(weak)[known], table.column(strong)[known]
        resamples = Resamples.of(texts[number].groups, self.rounds, self.seed)
        pairs = [expected_of_random()] if "random" in self.readers else []
        compared, priced = None, self._costs(table)
        if self.compare:
            compared = self._compared(table, texts[number], readings, chances, resamples)
            pairs += compared.pairs
        else:
            pairs += _judged(scores, known, ends, resamples)
        routers = compared.standings if compared else self._routers(table, texts[number], apart, resamples)
        return Report(
            table=table.name,
            prompts=int(known.sum()),
            groups=resamples.only(known).groups,
            strong=strong,
            weak=weak,
            strong_score=float(ends[1].mean()),
            weak_score=float(ends[0].mean()),
            pairs=tuple(pairs),
            routers=routers if priced is not None else (),
            costs_from=source_of_costs(self._prices(table), measured=table.lengths is not None),
            models=table.models,
            faults=table.faults,
            notes=table.notes,
            flips=self._flips(table) if not self.compare else {},
            differences=compared.differences if compared else (),
            slices=compared.slices if compared else (),
            robustness=dict(compared.flips) if compared else {},
            compared=compared,
            digest=table.digest,
            rows=tuple(np.flatnonzero(_whole(table, priced)).tolist()),
        )

    def _compared(
        self, table: Outcomes, texts: Texts, readings: list[Reading], chances: Array | None, resamples: Resamples
    ) -> Compared:
        """The contenders that were named, over the prompts that every model scored; raises ConfigError for none."""
        priced = self._costs(table)
        whole = _whole(table, priced)
        require_whole(table, whole)
        ground = Field(
            table=table,
            whole=whole,
            costs=np.ones(table.scores[whole].shape) if priced is None else priced[whole],
            pair=self._pair(table),
            texts=texts,
            difficulty=np.array([reading.difficulty for reading in readings]),
            reader=self.reader,
            chances=chances,
            deciding=self._deciding(table),
            readers=self.fitted,
            endpoints=self.endpoints,
        )
        contenders = [ground.contender(wanted) for wanted in self.compare]
        labels = _kinds(table, readings, self.by)
        kinds = {by: [said[row] for row in np.flatnonzero(whole).tolist()] for by, said in labels.items()}
        return compare(ground, contenders, kinds, resamples, priced=priced is not None)

    def _prices(self, table: Outcomes) -> Prices | None:
        """Those that were given; else, where something was named to compare and the table has none, the catalog's."""
        asked = self.must_decide or bool(self.compare)
        if self.prices is not None or not asked or self.config is None or table.costs is not None:
            return self.prices
        return catalog_prices(table, self.config)

    def _deciding(self, table: Outcomes) -> Deciding | None:
        """The policies, with the reader that they decide by."""
        if self.config is None or not self.policies:
            return None
        if self.given is not None:
            return Deciding(self.config, self.given.reader, self.policies, self.given.regime(table))
        return Deciding(self.config, self.reader, self.policies)

    def _costs(self, table: Outcomes) -> Array | None:
        return costs_of(table, self._prices(table), table.lengths)

    def _out_of_fold(self, table: Outcomes, texts: Texts, advance: Advance) -> OutOfFold:
        """What is learned in folds, with costs where the table says what answers took or cost."""
        prices = self._prices(table)
        known = prices is not None and table.lengths is not None
        spent = table.lengths if known else None if prices is not None or table.costs is None else table.costs * FINE
        apart = out_of_fold(table, texts, len(TASKS), advance, most=self.most_training, spent=spent)
        if apart.spent is None:
            return apart
        costs = costs_of(table, prices, apart.spent) if known else 1000 * apart.spent / FINE
        return OutOfFold(apart.chances, costs)

    def _flips(self, table: Outcomes) -> dict[str, float]:
        """How often the shipped reader's decisions flip when nothing but the wording's dress changes."""
        if self.config is None or "shipped" not in self.readers:
            return {}
        situation = Situation(max(price.since for prices in self.config.prices.values() for price in prices))
        prompts = table.prompts[:: max(1, len(table.prompts) // MOST_PERTURBED)]
        return flips(self.reader, prompts, self.config, situation, self.config.default_policy)

    def _pair(self, table: Outcomes) -> tuple[str, str]:
        """The best model and the worst one but for those that are named; of models that are alike, two."""
        means = dict(zip(table.models, np.nanmean(table.scores, axis=0).tolist(), strict=True))
        strong = self.strong or max((name for name in means if name != self.weak), key=means.__getitem__)
        weak = self.weak or min((name for name in means if name != strong), key=means.__getitem__)
        for name in (strong, weak):
            table.column(name)
        return strong, weak

    def _scores(
        self, table: Outcomes, texts: Texts, readings: list[Reading], chances: Array | None, pair: tuple[str, str]
    ) -> dict[tuple[str, str], Array]:
        scores: dict[tuple[str, str], Array] = {}
        if "length" in self.readers:
            scores["length", "none"] = np.array([float(len(prompt)) for prompt in table.prompts])
        if "shipped" in self.readers:
            scores["shipped", "as shipped"] = np.array([reading.difficulty for reading in readings])
        if self.given is not None:
            known = self.given.chances(texts, pair)
            gap = self.given.difficulty(texts) if known is None else known[:, 0] - known[:, 1]
            scores[self.given.name, self.given.regime(table)] = gap
        if chances is not None:
            strong, weak = (table.models.index(name) for name in pair)
            scores["fit", "in-domain"] = chances[:, strong] - chances[:, weak]
        return scores

    def _routers(
        self, table: Outcomes, texts: Texts, apart: OutOfFold | None, resamples: Resamples
    ) -> tuple[Standing, ...]:
        if (priced := self._costs(table)) is None:
            return ()
        whole = _whole(table, priced)
        if not whole.any():
            return ()
        scores, costs = table.scores[whole], priced[whole]
        best, cheapest = int(np.argmax(scores.mean(axis=0))), int(np.argmin(costs.mean(axis=0)))
        routers: list[Router] = []
        if apart is not None:
            routers += _by_costs(apart, whole, scores, costs, table.models)
        if self.given is not None and (known := self.given.chances(texts, table.models)) is not None:
            regime = self.given.regime(table)
            routers.append(learned(self.given.name, regime, known[whole], scores, costs, table.models))
        if (deciding := self._deciding(table)) is not None and deciding.covers(table):
            routers += deciding.routers(table.only(np.flatnonzero(whole)), costs)
        routers += [
            random_mix(scores, costs),
            constant(f"best single: {table.models[best]}", [best], scores, costs),
            constant(f"cheapest: {table.models[cheapest]}", [cheapest], scores, costs),
            constant("hull of single models", range(len(table.models)), scores, costs),
            oracle(scores, costs),
        ]
        drawn = resamples.only(whole)
        widths = [TRAINED if router.regime == "in-domain" else 1.0 for router in routers]
        return tuple(
            judge_router(router, scores, costs, drawn, width) for router, width in zip(routers, widths, strict=True)
        )


def _judged(
    scores: Mapping[tuple[str, str], Array], known: NDArray[np.bool_], ends: tuple[Array, Array], resamples: Resamples
) -> list[PairScore]:
    """What each score of the prompts comes to, by reader and regime."""
    resamples = resamples.only(known)
    return [
        judge(name, regime, score[known], *ends, resamples, TRAINED if regime == "in-domain" else 1.0)
        for (name, regime), score in scores.items()
    ]


def _by_costs(
    apart: OutOfFold, whole: NDArray[np.bool_], scores: Array, costs: Array, names: tuple[str, ...]
) -> list[Router]:
    """The router of what was learned, by the costs that it expects; beside it by mean costs, and by those that came."""
    chances = apart.chances[whole]
    if apart.spent is None:
        return [learned("fit", "in-domain", chances, scores, costs, names)]
    means = np.broadcast_to(costs.mean(axis=0), costs.shape)
    return [
        learned("fit", "in-domain", chances, scores, costs, names, apart.spent[whole]),
        learned("fit, mean costs", "in-domain", chances, scores, costs, names, means),
        learned("fit, true costs", "in-domain", chances, scores, costs, names),
    ]


def _whole(table: Outcomes, priced: Array | None) -> NDArray[np.bool_]:
    """The prompts of which every model has a score, and a cost where costs are known."""
    return np.asarray(~np.isnan(table.scores if priced is None else table.scores + priced).any(axis=1))


def _kinds(table: Outcomes, readings: Sequence[Reading], by: Sequence[str]) -> dict[str, Sequence[str]]:
    """What each prompt is of, by what it is told by."""
    named = [*filter(None, [table.source]), *by]
    return {
        "task": [reading.task for reading in readings],
        "language": [reading.language for reading in readings],
        "length": [length_kind(prompt) for prompt in table.prompts],
        **{name: table.labels[name] for name in named if name in table.labels},
    }
