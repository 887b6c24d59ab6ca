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

from router.policy.replay.effective_policies import ModelSets, PolicyTerms, Terms, together
from router.policy.replay.eligibility import UNHEARD, Eligibility
from router.policy.replay.embedding_models import Vectors
from router.policy.replay.facts import Facts, Lookups
from router.policy.replay.predictions import Shared
from router.policy.replay.pricing import Prices
from router.policy.replay.prompt_caches import Caches, agreed
from router.policy.replay.request_columns import Codes, Floats, Ints, Mask, Requests, Rows
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
        self.requests, self.config, self.lookups = requests, config, lookups
        self.order = np.array(sorted(range(len(config.models)), key=lambda place: config.models[place].id), np.int32)
        self.models = tuple(config.models[place] for place in self.order)
        self.prices = Prices(self.models, config, requests.day.values, _most_tokens(requests, config))
        self.eligibility = Eligibility(self.models, requests, self.prices.known)
        self.vectors = Vectors(requests, config)
        self.caches = Caches(self.models, requests)
        self.sets = ModelSets(self.models)
        self.policies = [self._policy(name) for name in requests.policy.values]
        self.allowed, self.preferred = self.sets.table(of_none=True), self.sets.table(of_none=False)
        self.first = np.array([model.speed.first_token_ms for model in self.models], np.float64)
        self.pace = np.array([model.speed.tokens_per_second for model in self.models], np.float64)

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
        elsewhere = self.vectors.elsewhere(facts)
        for place, model in enumerate(self.models):
            tokens = shared.tokens(model, self.config.tokenizers[model.tokenizer].relative)
            field.quality[place] = shared.chances(model)
            field.given[place] = tokens.given
            answers = tokens.given * facts.number("choices")
            field.cost[place] = self.prices.cost(place, tokens.taken, answers, facts.codes("day"))
            eligible = self.eligibility.of(place, facts)
            eligible &= (field.quality[place] >= terms.floor) & (tokens.room <= model.context)
            if not self.allowed[place].all():
                eligible &= self.allowed[place][terms.allowed]
            for bars in (terms.guarded, terms.budgeted):
                if bars is not None:
                    eligible &= ~bars[place]
            if elsewhere and model.id in elsewhere:
                eligible &= ~elsewhere[model.id]
            field.eligible[place] = eligible
        return field

    def _winners(self, field: Field, terms: Terms) -> Places:
        """Of the eligible in the band, the preferred if any; of these the cheapest or the fastest, then the first."""
        best = np.where(field.eligible, field.quality, -np.inf).max(axis=0)
        inside = field.eligible & (field.quality >= best - terms.band)
        if self.preferred.any():
            wanted = inside & self.preferred[:, terms.preferred]
            inside = np.where(wanted.any(axis=0), wanted, inside)
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
        for ramp in self.config.ramps:
            matched = free & (baseline == places.get(ramp.original, UNHEARD))
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
        found: Mask = np.array(table, np.bool_)[eligibility.wishes(facts)]
        return found

    def _refused(self, answered: Mask, unknown: Mask, terms: Terms, facts: Facts) -> NDArray[np.int8]:
        """Why nothing was chosen: a budget, where it bars a model with a price that no guard and no key bars."""
        found = np.where(answered, ANSWERED, NO_CANDIDATE).astype(np.int8)
        if terms.budgeted is not None:
            barred = terms.budgeted & self.prices.known[:, facts.codes("day")]
            barred &= self.eligibility.tables["permit"][:, facts.codes("permit")]
            barred &= self.eligibility.kin[:, facts.codes("needs")]
            if terms.guarded is not None:
                barred &= ~terms.guarded
            found[~answered & barred.any(axis=0)] = BUDGET_EXCEEDED
        found[unknown] = UNKNOWN
        return found


def _latency(first: Floats, given: Ints, pace: Floats) -> Floats:
    """Milliseconds until an answer is complete; a pace of nearly nothing takes for ever."""
    with np.errstate(over="ignore"):
        found: Floats = first + 1000 * given / pace
    return found


def _most_tokens(requests: Requests, config: Config) -> int:
    """More than any model may take or give, counted for all answers together."""
    if not len(requests):
        return 0
    factors = (factor for tokenizer in config.tokenizers.values() for factor in (*tokenizer.relative.values(), 1.0))
    taken = requests.input_tokens.max() * max(factors)
    given = requests.output_tokens.max() * max(model.verbosity for model in config.models) + 1
    return ceil(float(max(taken, given * requests.choices.max()))) + 1
