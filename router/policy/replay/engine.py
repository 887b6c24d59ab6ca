"""One configuration made ready for many requests, and the rule of choice over whole columns.

Invariant: what is eligible, what wins and where a ramp moves it is what `decide()` says. The columns of models stand
in the order of their ids, so that the first of the cheapest is the one that wins a tie.
"""

from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from router.decision.counts.measured import lack
from router.decision.names.version_names import alias_of
from router.decision.scoring import sober_quality
from router.policy.replay.effective_policies import LAST, ModelSets, PolicyTerms, Terms, together
from router.policy.replay.eligibility import UNHEARD, Eligibility
from router.policy.replay.embedding_models import Vectors
from router.policy.replay.facts import Facts, Lookups
from router.policy.replay.predictions import Shared, most_verbosity
from router.policy.replay.pricing import Prices
from router.policy.replay.prompt_caches import Caches, agreed
from router.policy.replay.request_columns import Coded, Codes, Floats, Ints, Mask, Requests, Rows
from router.policy.replay.request_targets import with_successors
from router.types import Config, Ramp

REFUSALS = ("", "no_candidate", "budget_exceeded", "unknown")
ANSWERED, NO_CANDIDATE, BUDGET_EXCEEDED, UNKNOWN = range(4)
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Part:
    """The choices for a chunk; the columns are those of `Choices`."""

    chosen: Codes
    baseline: Codes
    refused: NDArray[np.int8]
    quality: Floats
    cost: NDArray[Any]
    latency: Floats


@dataclass(frozen=True, slots=True)
class Field:
    """Models x requests: who may win, with what is compared; `given` is in tokens."""

    eligible: Mask
    quality: Floats
    given: Ints
    cost: NDArray[Any]


class Engine:
    """Decides the requests of one side, chunk by chunk."""

    def __init__(self, requests: Requests, config: Config, lookups: Lookups) -> None:
        requests = with_successors(requests, config)
        self.requests, self.config, self.lookups = requests, config, lookups.under(requests)
        self.order = np.array(sorted(range(len(config.models)), key=lambda place: config.models[place].id), np.int32)
        self.models = tuple(config.models[place] for place in self.order)
        self.prices = Prices(self.models, config, requests.day.values, _most_tokens(requests, config))
        self.eligibility = Eligibility(self.models, requests, self.prices.known)
        self.vectors = Vectors(requests, config)
        self.caches = Caches(self.models, requests)
        self.sets = ModelSets(self.models)
        self.policies = [self._policy(name) for name in requests.policy.values]
        self.allowed, self.ranks = self.sets.table(), self.sets.ranks()
        self.priced, self.most = self.prices.within(self.sets.max_price), self.prices.most(self.sets.max_cost)
        self.lacking = self._lacking(requests)
        self.preferring = bool((self.ranks != LAST).any())
        self.first = np.array([model.speed.first_token_ms for model in self.models], np.float64)
        self.pace = np.array([model.speed.tokens_per_second for model in self.models], np.float64)

    def _lacking(self, requests: Requests) -> Mask | None:
        """Models x limits of latency x times of health x what was measured: who is passed over, if anybody."""
        caps, times = list(self.sets.max_latency), list(self.sets.healthy_for)
        if len(caps) == len(times) == 1:
            return None
        column: Coded[tuple[str, ...]] = requests.column("measured")
        rows = [
            [[[bool(lack(row, cap, time, words)) for words in column.values] for time in times] for cap in caps]
            for row in self.models
        ]
        return np.array(rows, np.bool_).reshape(len(rows), len(caps), len(times), len(column.values))

    def choose(self, rows: Rows, shared: Shared) -> Part:
        """The choices for some requests; `shared` is about the same ones."""
        facts = Facts(self.requests, self.lookups, rows)
        terms, unknown = self._terms(facts)
        field = self._field(facts, terms, shared)
        answered = field.eligible.any(axis=0) & ~unknown
        baseline = self._honoured(self._winners(field, terms), field, facts)
        chosen, ruled = self._moved(baseline, answered, field, facts, shared)
        self._stay(chosen, answered & ~ruled, facts, field, terms, shared)
        row = np.arange(facts.count)
        return Part(
            np.where(answered, self.order[chosen], -1),
            np.where(answered, self.order[baseline], -1),
            self._refused(answered, unknown, terms, facts),
            np.where(answered, field.quality[chosen, row], np.nan),
            np.where(answered, field.cost[chosen, row], 0),
            np.where(answered, _latency(self.first[chosen], field.given[chosen, row], self.pace[chosen]), np.nan),
        )

    def _policy(self, name: str | None) -> PolicyTerms | None:
        policy = self.config.policies.get(name) if name is not None else None
        return PolicyTerms(name or "", policy, self.requests, self.sets) if policy else None

    def _terms(self, facts: Facts) -> tuple[Terms, Mask]:
        """The terms of each request, and where what it asks for is not known here."""
        asked = facts.codes("policy")
        unknown = self.eligibility.named[facts.codes("model")] == UNHEARD
        present = np.flatnonzero(np.bincount(asked, minlength=len(self.policies))).tolist()
        if len(present) == 1 and (only := self.policies[present[0]]):
            return only.over(facts), unknown
        parts = []
        for code in present:
            rows, policy = np.flatnonzero(asked == code), self.policies[code]
            if policy is None:
                unknown[rows] = True
            else:
                parts.append((rows, policy.over(facts.part(rows))))
        return together(parts, len(self.models), facts.count), unknown

    def _field(self, facts: Facts, terms: Terms, shared: Shared) -> Field:
        shape = len(self.models), facts.count
        kind = np.int64 if self.prices.exact else object
        field = Field(np.empty(shape, np.bool_), np.empty(shape), np.empty(shape, np.int64), np.empty(shape, kind))
        limits = bool(terms.max_output.any())
        elsewhere, named = self.vectors.elsewhere(facts), self.eligibility.named[facts.codes("model")]
        for place, model in enumerate(self.models):
            relative = self.config.tokenizers[model.tokenizer].relative
            tokens = shared.limited(model, relative, terms.max_output) if limits else shared.tokens(model, relative)
            field.quality[place] = shared.chances(model)
            field.given[place] = tokens.given
            answers = tokens.given * facts.number("choices")
            field.cost[place] = self.prices.cost(place, tokens.taken, answers, facts.codes("day"))
            eligible = self.eligibility.of(place, facts)
            eligible &= (field.quality[place] >= terms.floor) & (tokens.room <= model.context)
            if terms.sober.any():
                eligible &= (terms.sober <= sober_quality(model)) | (named == place)
            if not self.allowed[place].all():
                eligible &= self.allowed[place][terms.allowed]
            if not self.priced[place].all():
                eligible &= self.priced[place][terms.max_price, facts.codes("day")]
            if len(self.most) > 1:
                eligible &= field.cost[place] <= self.most[terms.max_cost]
            if terms.guarded is not None:
                eligible &= ~terms.guarded[place]
            if elsewhere and model.id in elsewhere:
                eligible &= ~elsewhere[model.id]
            field.eligible[place] = eligible
        _bar_spent(field.eligible, terms)
        self._pass_over(field.eligible, facts, terms)
        return field

    def _pass_over(self, eligible: Mask, facts: Facts, terms: Terms) -> None:
        """Take out who is too slow or was ill too lately, where others are left."""
        if self.lacking is not None:
            lacking = self.lacking[:, terms.max_latency, terms.healthy_for, facts.codes("measured")]
            left = (eligible & ~lacking).any(axis=0)
            eligible &= ~(lacking & left)

    def _winners(self, field: Field, terms: Terms) -> Places:
        """Of the eligible in the band those of the first rank; of these the cheapest or the fastest, then the first."""
        best = np.where(field.eligible, field.quality, -np.inf).max(axis=0)
        inside = field.eligible & (field.quality >= best - terms.band)
        if self.preferring:
            ranks = np.where(inside, self.ranks[:, terms.preferred], LAST + 1)
            inside &= ranks == ranks.min(axis=0)
        dearest: Any = np.iinfo(np.int64).max if self.prices.exact else Decimal("Infinity")
        winners: Places = np.argmin(np.where(inside, field.cost, dearest), axis=0)
        if (fast := np.flatnonzero(terms.latency)).size:
            latency = _latency(self.first[:, None], field.given[:, fast], self.pace[:, None])
            # An endless time is cut to the longest there is, so that it still comes before what is not in the band.
            latency = np.minimum(latency, np.finfo(np.float64).max)
            winners[fast] = np.argmin(np.where(inside[:, fast], latency, np.inf), axis=0)
        return winners

    def _honoured(self, winners: Places, field: Field, facts: Facts) -> Places:
        """The model that was named goes first, where it is eligible."""
        named = self.eligibility.named[facts.codes("model")]
        rows = np.flatnonzero(named >= 0)
        rows = rows[field.eligible[named[rows], rows]]
        baseline = winners.copy()
        baseline[rows] = named[rows]
        return baseline

    def _moved(
        self, baseline: Places, answered: Mask, field: Field, facts: Facts, shared: Shared
    ) -> tuple[Places, Mask]:
        """Let the first matching ramp move each unit, if its substitute is eligible and consented to.

        Says too where a ramp had a say at all.
        """
        chosen, free, ruled = baseline.copy(), answered.copy(), np.zeros(len(answered), np.bool_)
        places = self.eligibility.places
        aliases = self._aliases(facts) if self.config.version_aliases else None
        for ramp in self.config.ramps:
            matched = free & (baseline == places.get(ramp.original, UNHEARD))
            if aliases is not None:
                matched &= aliases == ramp.alias
            if not matched.any():
                continue
            matched &= facts.holds(ramp.when)
            free &= ~matched
            substitute = places.get(ramp.substitute)
            if substitute is not None:
                rows = np.flatnonzero(matched & field.eligible[substitute] & self._agreed(ramp, facts))
                chosen[rows[shared.moves(ramp, rows)]] = substitute
                ruled[rows] = True
        return chosen, ruled

    def _aliases(self, facts: Facts) -> NDArray[np.str_]:
        """The alias over versions that each request asks for, or nothing."""
        names = [alias_of(asked, self.config) for asked in self.requests.asked.values]
        named: NDArray[np.str_] = np.array([alias.name if alias else "" for alias in names])[facts.codes("asked")]
        return named

    def _stay(self, chosen: Places, free: Mask, facts: Facts, field: Field, terms: Terms, shared: Shared) -> None:
        """Keep requests where what is cached of them is worth more than the policy's choice, if that is agreed to."""
        rows = np.flatnonzero(free & self.caches.warm(facts) & (chosen != self.eligibility.named[facts.codes("model")]))
        if not rows.size:
            return
        part, cost = facts.part(rows), field.cost[:, rows]
        for place, model in enumerate(self.models):
            relative = self.config.tokenizers[model.tokenizer].relative
            taken = shared.tokens(model, relative).taken[rows]
            cost[place] -= self.prices.saved(place, self.caches.cached(place, relative, taken, part), part.codes("day"))
        warm = Field(field.eligible[:, rows], field.quality[:, rows], field.given[:, rows], cost)
        kept = self._winners(warm, terms.part(rows))
        stays = (kept != chosen[rows]) & agreed(self.eligibility, part, chosen[rows], kept)
        field.cost[:, rows[stays]] = cost[:, stays]
        chosen[rows[stays]] = kept[stays]

    def _agreed(self, ramp: Ramp, facts: Facts) -> Mask:
        """Where the client accepts the substitute of a ramp in the place of its original."""
        eligibility = self.eligibility
        original, substitute = (self.models[eligibility.places[name]] for name in (ramp.original, ramp.substitute))
        table = [
            eligibility.accepts(consent, name, substitute, original)
            for consent in eligibility.consents
            for name in eligibility.names
        ]
        accepted: Mask = np.array(table, np.bool_)[eligibility.wishes(facts)]
        return accepted

    def _refused(self, answered: Mask, unknown: Mask, terms: Terms, facts: Facts) -> NDArray[np.int8]:
        """Why nothing was chosen: a budget, where it bars a model with a price that no guard and no key bars."""
        reasons = np.where(answered, ANSWERED, NO_CANDIDATE).astype(np.int8)
        if terms.budgeted is not None:
            barred = terms.budgeted & self.prices.known[:, facts.codes("day")]
            barred &= self.eligibility.tables["permit"][:, facts.codes("permit")]
            barred &= self.eligibility.kin[:, facts.codes("needs")]
            if terms.guarded is not None:
                barred &= ~terms.guarded
            reasons[~answered & barred.any(axis=0)] = BUDGET_EXCEEDED
        reasons[unknown] = UNKNOWN
        return reasons


def _bar_spent(eligible: Mask, terms: Terms) -> None:
    """Take out whom budgets bar; where that leaves nobody, those that give way bar nobody."""
    if terms.budgeted is None or terms.lasting is None:
        return
    gives_way = ~(eligible & ~terms.budgeted).any(axis=0)
    terms.budgeted[:, gives_way] = terms.lasting[:, gives_way]
    eligible &= ~terms.budgeted


def _latency(first: Floats, given: Ints, pace: Floats) -> Floats:
    """Milliseconds until an answer is complete; a pace of nearly nothing takes for ever."""
    with np.errstate(over="ignore"):
        latency: Floats = first + 1000 * given / pace
    return latency


def _most_tokens(requests: Requests, config: Config) -> int:
    """More than any model may take or give, counted for all answers together."""
    if not len(requests):
        return 0
    factors = (factor for tokenizer in config.tokenizers.values() for factor in (*tokenizer.relative.values(), 1.0))
    taken = requests.input_tokens.max() * max(factors)
    given = requests.output_tokens.max() * max(map(most_verbosity, config.models)) + 1
    return ceil(float(max(taken, given * requests.choices.max()))) + 1
