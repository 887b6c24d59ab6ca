"""`fungible bench stages`: where the processor's time of one request goes, stage by stage, without the network.

Invariant: what is measured is the processor's time of this process, not the clock's, so that other programs on the
machine count as little as can be; each stage is the very function that serves.
"""

import asyncio
import sys
import time
from collections.abc import Callable, Mapping
from secrets import token_bytes
from statistics import quantiles
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from router import tokens
from router.api.assembly import assemble
from router.api.surfaces.openai_chat.surface import ChatCompletions
from router.bench.http.http_stages import http_stages
from router.bench.http.load.load_servers import NOTE
from router.bench.http.whole_exchanges import whole_exchanges
from router.config import load
from router.decision.decide import decide
from router.decision.features import excerpt, read
from router.decision.receipt import Ending, settle
from router.ledger import SqliteLedger
from router.ledger.receipt_json import encode
from router.serving.request_context import RequestContext
from router.serving.service import Service
from router.transparency.commitments import SALT, seal
from router.types import ChatRequest, Chunk, Usage

AT_ONCE = 10
"""Calls between two looks at the clock, which is coarse on some systems."""
CONTEXT = RequestContext("bench")
Figures = dict[str, dict[str, float]]


def run(size: int, rounds: int, *, as_json: bool) -> None:
    """Measure and show."""
    figures = measure(size, rounds)
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(figures, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        Console(highlight=False).print(_table(figures, size))


def measure(size: int, rounds: int) -> Figures:
    """Microseconds of processor for each stage of a request of `size` bytes: the median and the fastest tenth."""
    ledger = SqliteLedger()
    try:
        service = assemble(load(), ledger)
        body = orjson.dumps(
            {"model": "auto", "messages": [{"role": "user", "content": (NOTE * (size // len(NOTE) + 1))[:size]}]}
        )
        figures = {name: _timed(stage, rounds) for name, stage in _stages(service, body).items()}
        figures |= {name: _figures(times) for name, times in http_stages(body, rounds).items()}
        figures |= {name: _figures(times) for name, times in whole_exchanges(body, rounds).items()}
        request = ChatCompletions().parse(body, None).request
        figures["all of it, answered by a stub, with the ledger's thread"] = asyncio.run(
            _whole(service, request, rounds)
        )
    finally:
        ledger.close()
    return figures


def _stages(service: Service, body: bytes) -> Mapping[str, Callable[[], object]]:
    chat, active = ChatCompletions(), service.active
    request = chat.parse(body, None).request
    exchange, text = service.consider(request, CONTEXT), request.messages[0].text
    chunks, usage = [Chunk(0, NOTE[:200], None, "stop")], Usage(50, 50, 0, "exact")
    ending = Ending("ok", (), exchange.decision.chosen, usage, 1.0, 1.0)
    receipt, salts = settle(exchange, ending, active.config), token_bytes(2 * SALT)
    return {
        "parse the body": lambda: chat.parse(body, None),
        "count its tokens": lambda: tokens.count(text),
        "tell the kind of work": lambda: service.reader.read(excerpt(request.messages)),
        "read: both, and what it needs": lambda: read(request, service.reader, tokens.count, active.contexts),
        "decide": lambda: decide(exchange.features, exchange.ask, exchange.situation, active.config),
        "consider: read, resolve and decide": lambda: service.consider(request, CONTEXT),
        "settle": lambda: settle(exchange, ending, active.config),
        "commit to the words": lambda: seal(request.messages, chunks, salts),
        "the receipt's bytes": lambda: encode(receipt),
    }


def _timed(stage: Callable[[], object], rounds: int) -> dict[str, float]:
    stage()
    times = []
    for _ in range(rounds):
        begun = time.process_time()
        for _ in range(AT_ONCE):
            stage()
        times.append((time.process_time() - begun) / AT_ONCE)
    return _figures(times)


async def _whole(service: Service, request: ChatRequest, rounds: int) -> dict[str, float]:
    times = []
    for _ in range(rounds):
        begun = time.process_time()
        for _ in range(AT_ONCE):
            async with await service.answered(request, CONTEXT) as answer:
                async for _ in answer:
                    pass
        times.append((time.process_time() - begun) / AT_ONCE)
    return _figures(times)


def _figures(times: list[float]) -> dict[str, float]:
    tenths = quantiles(times, n=10)
    return {"p10_us": round(1e6 * tenths[0], 1), "p50_us": round(1e6 * tenths[4], 1)}


def _table(figures: Mapping[str, Mapping[str, Any]], size: int) -> Table:
    table = Table(box=None, header_style="dim", title=f"processor time of a request of {size:,} bytes, in µs")
    table.add_column("")
    for column in ("fastest tenth", "median"):
        table.add_column(column, justify="right")
    for name, row in figures.items():
        table.add_row(name, f"{row['p10_us']:,.1f}", f"{row['p50_us']:,.1f}")
    return table
