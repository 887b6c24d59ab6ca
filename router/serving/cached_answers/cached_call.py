"""A kept answer in the place of a call, and the cache's side of one request.

Invariant: an answer is given again only by the model that the decision chose just now, and kept only once it has ended
well and its receipt is owed no more.
"""

from collections.abc import Iterator
from functools import partial

from router.decision.receipt import Exchange
from router.decision.recorded_words import TriedCall
from router.errors import ProviderError
from router.ledger.budget_store import Held
from router.serving.active_config import ActiveConfig
from router.serving.budget_holds import BudgetHolds
from router.serving.cached_answers.answer_cache import AnswerCache, KeptAnswer, keepable
from router.serving.cached_answers.cache_key import cache_key
from router.serving.cached_answers.cache_use import CacheUse
from router.serving.work.heavy_work import HeavyWork
from router.types import ChatRequest, Chunk, Outcome, Receipt


class CachedCall:
    """An answer that is here already, drawn as a call of a provider is; `held` is a request, and nothing is called."""

    deployment = ""
    notes: tuple[str, ...] = ()

    def __init__(self, kept: KeptAnswer, held: Held | None) -> None:
        self.held = held
        self.model = kept.model
        self.cached_from = kept.receipt
        self._chunks: Iterator[Chunk] = iter(kept.chunks)
        self.first: Chunk | None = next(self._chunks)

    async def draw(self) -> Chunk | None:
        """The next chunk, or None at the end."""
        return next(self._chunks, None)

    async def stop(self) -> None:
        """There is nothing to stop."""

    def ended(self, outcome: Outcome, why: BaseException | None = None, *, used: int | None = None) -> TriedCall | None:  # noqa: ARG002
        """None: no deployment was called."""
        return None


class CacheSide:
    """What a cache does for one request: find an answer before anybody is called, keep the one that was given."""

    def __init__(self, cache: AnswerCache, exchange: Exchange, active: ActiveConfig, use: CacheUse) -> None:
        self._cache = cache
        self._exchange = exchange
        self._models = active.models
        self._ttl_s = active.config.policies[exchange.ask.policy].cache_for or 0
        self._use = use
        self._key: bytes | None = None

    @property
    def is_used(self) -> bool:
        """Whether an answer may be found or kept: the policy says for how long, and the request does not forbid it."""
        return bool(self._ttl_s) and (self._use.gives or self._use.keeps)

    async def find(
        self, request: ChatRequest, heavy_work: HeavyWork | None, budget_holds: BudgetHolds
    ) -> CachedCall | None:
        """A kept answer, where there is one and budgets of requests allow it; `heavy_work` compares what is large."""
        if not self.is_used:
            return None
        compare = partial(cache_key, request, self._exchange, self._cache.secret)
        self._key = await heavy_work.run(compare) if heavy_work is not None else compare()
        if self._key is None or not self._use.gives:
            return None
        kept = self._cache.find(self._key, self._exchange.time.timestamp(), self._use.max_age_s)
        if kept is None or kept.model != self._exchange.decision.chosen:
            return None
        try:
            return CachedCall(kept, await budget_holds.hold(self._models[kept.model], called=False))
        except ProviderError:
            # A call has to ask the same budgets, and says what is wrong.
            return None

    def keep(self, receipt: Receipt, chunks: list[Chunk]) -> None:
        """Keep the answer of a call that ended well, where the chosen model gave it."""
        if self._key is None or not self._use.keeps or receipt.outcome != "ok" or receipt.cached_from:
            return
        if receipt.served != receipt.chosen:
            return
        answer = keepable(chunks, receipt.id, receipt.chosen, receipt.time.timestamp(), self._ttl_s)
        if answer is not None:
            self._cache.keep(self._key, answer)
