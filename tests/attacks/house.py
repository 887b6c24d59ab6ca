"""A whole service without sockets: bodies go in at its surfaces, and a backend answers what a test says."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson

from providers.anthropic.response_reader import MessageEvents
from providers.openai.response_reader import Completions
from providers.upstream.http.events import EventReader
from router.api.assembly import assemble
from router.api.http.authentication import ACCESS
from router.api.http.endpoint import Endpoint
from router.api.surfaces.registry import SURFACES
from router.config import load
from router.config.load import with_policies
from router.ledger import SqliteLedger
from router.ledger.budget_store import Accounts
from router.serving.limits import Durability, Limits
from router.serving.rate_limiter import RateLimiter
from router.serving.service import Service
from router.types import Access, Budget, Call, Chunk, Config, Provider, Rates, Target

POLICIES = b"""
default: plain
policies:
  plain:
    because: a test
    band: 1
    consent: any
    budgets:
      - {name: money, limit: 1000000 USD, per: month}
      - {name: tokens, limit: 9000000000000 tokens, per: month, each: key}
"""
OWN = Budget(name="own", home="key:k", of=Target(), limit=Decimal(10**12), unit="USD", per="month")
KEY = Access("k", budgets=(OWN,), rates=Rates(None, 10**12, 4))
Script = Callable[[Call], Iterable[Any]]


@lru_cache
def house_config() -> Config:
    """The shipped models under one policy with budgets."""
    return with_policies(load(), POLICIES)


class Backend:
    """Answers with what its script gives: pieces, or an error to raise."""

    def __init__(self) -> None:
        self.script: Script = lambda _: [Chunk(text="fine", finish_reason="stop")]
        self.calls: list[Call] = []

    async def stream(self, call: Call) -> AsyncIterator[Any]:
        self.calls.append(call)
        for piece in self.script(call):
            if isinstance(piece, BaseException):
                raise piece
            yield piece


def whole(answer: bytes, *, anthropic: bool = False) -> Script:
    """A backend whose whole answer is these bytes, read by the adapter's own reader."""
    return lambda call: _reader(call, anthropic).whole(answer)


def streamed(answer: bytes, *, anthropic: bool = False) -> Script:
    """The same in events: each line that begins with `data:` is one."""

    def script(call: Call) -> Iterable[Chunk]:
        reader, events = _reader(call, anthropic), EventReader()
        for piece in (answer, b""):
            payloads = events.feed(piece) if piece else events.rest()
            yield from reader.events(payloads)
        if not reader.done:
            yield from reader.ended()

    return script


def _reader(call: Call, anthropic: bool) -> Any:
    return (MessageEvents if anthropic else Completions)(call.model.id, (), str)


@dataclass
class House:
    """A service, what it answered, and its books."""

    durability: Durability = "degrade"
    backend: Backend = field(default_factory=Backend)

    def __post_init__(self) -> None:
        self.ledger, self.accounts, self.rate_limiter = SqliteLedger(), Accounts(), RateLimiter()
        self.service: Service = assemble(
            house_config(),
            self.ledger,
            limits=Limits(deadline_s=5.0),
            accounts=self.accounts,
            rate_limiter=self.rate_limiter,
            salt=b"salt",
            durability=self.durability,
        )
        self.ids: list[str] = []
        self._charged, self._tokens = Decimal(0), 0
        self.service.state.watch = lambda receipt: self.ids.append(receipt.id)
        providers: dict[str, Provider] = dict.fromkeys(self.service.config.providers, self.backend)
        self.service.put_in_force(self.service.config, providers)

    def post(
        self,
        path: str,
        body: bytes,
        script: Script | None = None,
        headers: Iterable[tuple[bytes, bytes]] = (),
        key: Access = KEY,
    ) -> tuple[int, bytes]:
        """Status and body of the answer."""
        if script is not None:
            self.backend.script = script
        return asyncio.run(self._post(path, body, headers, key))

    async def _post(
        self, path: str, body: bytes, headers: Iterable[tuple[bytes, bytes]], key: Access
    ) -> tuple[int, bytes]:
        sent: list[Any] = []
        there = iter([{"type": "http.request", "body": body}])

        async def receive() -> Any:
            message = next(there, None)
            return message if message is not None else await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": path, "headers": list(headers), ACCESS: key}
        await Endpoint(self.service, SURFACES.paths[path][1])(scope, receive, send)
        return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)

    def new_receipts(self) -> list[dict[str, Any]]:
        """The receipts since this was asked last, as the ledger has them."""
        ids, self.ids = self.ids, []
        receipts: list[dict[str, Any]] = [orjson.loads(self.ledger.receipt(one) or b"") for one in ids]
        for receipt in receipts:
            taken = None if receipt["cached_from"] else receipt["usage"]
            usage = taken or {"input_tokens": 0, "output_tokens": 0}
            self._tokens += usage["input_tokens"] + usage["output_tokens"]
            self._charged += Decimal(receipt["charged"])
        return receipts

    def close(self) -> None:
        self.ledger.close()
        self.accounts.close()

    def refuse_open_books(self) -> None:
        """Nothing is held, nobody is inside, and what was spent is what the receipts say."""
        for statement in self.accounts.statements():
            assert statement.held == 0, statement
            spent = Decimal(self._tokens) if "tokens" in statement.account.budget else self._charged
            assert statement.spent == spent, statement
        assert self.service.state.in_flight == 0
        assert not +self.rate_limiter.in_flight
