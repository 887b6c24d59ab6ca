"""What a server does for requests: read, decide, and hand the rest to an answer.

Invariant: everything that a decision depends on is gathered here, once; nothing is called before it is decided.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import blake2b

from router import tokens
from router.answering import Answer
from router.asking import resolve
from router.decide import decide
from router.errors import (
    BudgetExceeded,
    Overloaded,
)
from router.features import read
from router.ids import first_id, random_hex
from router.ledger import Ledger
from router.ledger.accounts import Accounts
from router.proving.commitments import Sealed
from router.receipts import Exchange
from router.setup import DEFAULT_LIMITS, Durability, Limits, Terms, set_up
from router.spending import at_limit, explain_wait
from router.types import (
    Ask,
    Caller,
    ChatRequest,
    Config,
    Options,
    Provider,
    Reader,
    Receipt,
    Situation,
)

NO_OPTIONS = Options()


class Service:
    """Answers requests under one configuration."""

    def __init__(
        self,
        config: Config,
        providers: Mapping[str, Provider],
        ledger: Ledger,
        reader: Reader,
        *,
        limits: Limits = DEFAULT_LIMITS,
        accounts: Accounts | None = None,
        salt: bytes = b"",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        watch: Callable[[Receipt], object] = id,
        durability: Durability = "degrade",
    ) -> None:
        self.setup = set_up(config, providers)
        self.ledger = ledger
        self.accounts = accounts or Accounts()
        self.reader = reader
        self.limits = limits
        self.salt = salt
        self.clock = clock
        self.watch = watch  # told of every receipt
        self.durability: Durability = durability
        self.in_flight = 0
        ledger.keep(config)

    @property
    def config(self) -> Config:
        """The configuration in force."""
        return self.setup.config

    def put_in_force(self, config: Config, providers: Mapping[str, Provider]) -> None:
        """Serve what comes from now on under another configuration, which the ledger must keep already.

        What is in flight ends under its own.
        """
        self.setup = set_up(config, providers)

    def consider(self, request: ChatRequest, terms: Terms) -> Exchange:
        """Read and decide, without calling anybody; raises RouterError."""
        time, setup = self.clock(), self.setup
        features = read(request, self.reader, tokens.count, setup.contexts)
        options = request.fungible or NO_OPTIONS
        ask = resolve(
            request.model,
            setup.config,
            policy=terms.policy or options.policy,
            consent=terms.consent or options.consent,
            unit=self._unit(request, terms),
            caller=_caller(terms.caller, options),
        )
        situation = self._situation(ask, time)
        try:
            decision = decide(features, ask, situation, setup.config)
        except BudgetExceeded as error:
            explain_wait(error, ask, setup.config, time.astimezone(setup.zone), situation.spent)
            raise
        return Exchange(new_id(time), time, terms.request_id, decision, features, ask, situation)

    def _situation(self, ask: Ask, time: datetime) -> Situation:
        config = self.config
        local = time.astimezone(self.setup.zone)
        spent = at_limit(ask, config, local, self.accounts) if config.policies[ask.policy].budgets else ()
        return Situation(time.date(), (), 60 * local.hour + local.minute, spent)

    def answer(self, request: ChatRequest, terms: Terms) -> Answer:
        """Decide, and make ready to call: enter the answer to begin. Raises RouterError."""
        if self.in_flight >= self.limits.in_flight:
            raise Overloaded(f"{self.in_flight} requests are in flight, which is the limit.", retry_after=1)
        if self.durability == "refuse" and self.ledger.failure:
            raise Overloaded(
                f"The ledger can't be written, and nothing is served unrecorded: {self.ledger.failure}", retry_after=1
            )
        return Answer(self, request, self.consider(request, terms))

    def record(self, receipt: Receipt, sealed: Sealed) -> None:
        """Keep a receipt, once for each exchange, with commitments to what was said."""
        self.ledger.append(receipt, sealed)
        self.watch(receipt)

    async def acknowledge(self, receipt: Receipt) -> None:
        """Wait, where durability is `refuse`, until a receipt is on disk; raises Overloaded where it can't be."""
        if self.durability == "refuse":
            await self.ledger.written(receipt.id)

    def _unit(self, request: ChatRequest, terms: Terms) -> str:
        """The conversation, as a salted hash: the client's own name for it, its user, or its first words."""
        named = terms.unit or (request.fungible.unit if request.fungible else None) or request.user
        words = named or next((m.text for m in request.messages if m.role == "user"), request.messages[0].text)
        return blake2b(words.encode(errors="replace"), key=self.salt, digest_size=12).hexdigest()


def _caller(told: Caller, options: Options) -> Caller:
    """Who asks: the headers' word goes before the body's."""
    tags = (*told.tags, *(tag for tag in options.tags if tag not in told.tags))
    return Caller(told.key, told.team or options.team, told.residency or options.residency, tags)


def new_id(time: datetime) -> str:
    """An id that sorts by time: milliseconds in hex, then 80 random bits."""
    return f"{first_id(time)}{random_hex()}"
