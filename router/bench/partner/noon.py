"""Lives through the noon at which the partner vanishes: a server, its partner's backend, clients, and a kill.

Invariant: the backend is killed without a word, the server is a process that knows nothing of it, and what is counted
is what clients got over HTTP and what the server's own receipts say.
"""

import asyncio
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import orjson

from router.bench.partner.noon_clients import Got, ask_steadily, receipts_of, until_ready
from router.config import load
from router.config.files.seed_data import load_workload
from router.errors import RouterError
from router.scenarios.patches import laid_over

PARTNER, HOUSE, POLICY = "gpt-5", "mai-1", "noon"
STARTS_S = 60.0
_BACKEND = (sys.executable, "-m", "router.bench.partner.partner_backend")
_SERVER = (sys.executable, "-m", "router.cli", "serve", "--port", "0", "--insecure-no-keys")


@dataclass(frozen=True, slots=True, kw_only=True)
class Noon:
    """When the partner vanishes and comes back, in seconds from the start; how long, and how often is asked."""

    rate: float
    noon: float
    back: float
    seconds: float
    cool: float


@dataclass(frozen=True, slots=True)
class Lived:
    """What clients got, the server's receipt of each, and when the kill and the return truly were."""

    got: Sequence[Got]
    receipts: Sequence[dict[str, Any] | None]
    killed: float
    returned: float


async def live(noon: Noon) -> Lived:
    """All of it; raises RouterError where a process does not start."""
    with tempfile.TemporaryDirectory() as folder:
        async with _backend(0) as (first, port), _server(Path(folder), port, noon.cool) as server:
            cases = [case.messages[-1].text for case in load_workload() if not case.tags and len(case.messages) == 1]
            prompts = [f"{cases[place % len(cases)]} [{place}]" for place in range(int(noon.rate * noon.seconds))]
            await ask_steadily(server, prompts[:3], 10.0, POLICY)
            start = perf_counter()
            asking = asyncio.create_task(ask_steadily(server, prompts, noon.rate, POLICY))
            await asyncio.sleep(noon.noon)
            first.kill()
            killed = perf_counter() - start
            await asyncio.sleep(max(0.0, start + noon.back - perf_counter()))
            async with _backend(port):
                returned = perf_counter() - start
                got = await asking
                receipts = await receipts_of(server, [each.receipt for each in got if each.receipt])
    return Lived(got, receipts, killed, returned)


@asynccontextmanager
async def _backend(port: int) -> AsyncIterator[tuple[Process, int]]:
    process = await asyncio.create_subprocess_exec(*_BACKEND, str(port), stdout=PIPE, stderr=DEVNULL)
    try:
        yield process, int(await _line(process, b""))
    finally:
        await _end(process)


@asynccontextmanager
async def _server(folder: Path, partner_port: int, cool: float) -> AsyncIterator[int]:
    _write(folder, partner_port, cool)
    more = ("--config", str(folder / "config"), "--data", str(folder / "data"))
    process = await asyncio.create_subprocess_exec(*_SERVER, *more, stdout=PIPE, stderr=DEVNULL)
    try:
        said = await _line(process, b"http://127.0.0.1:")
        port = int(said.rpartition(b"http://127.0.0.1:")[2].split()[0].split(b"/")[0])
        await until_ready(port)
        yield port
    finally:
        await _end(process)


def _write(folder: Path, partner_port: int, cool: float) -> None:
    """The server's configuration: the shipped one, with the partner's model at its backend."""
    documents = load().documents
    partner = {"adapter": "openai", "settings": {"base_url": f"http://127.0.0.1:{partner_port}/v1"}}
    policy = {
        "because": "The partner's model, and the house's where that is gone",
        "band": 1,
        "models": [PARTNER, HOUSE],
        "prefer": [PARTNER],
        "consent": "any",
    }
    edits = {
        "providers.yaml": {"providers": {"gpt": partner}},
        "policies.yaml": {"policies": {POLICY: policy}},
        "deployments.yaml": {"breaker": {"cool": f"{cool:g} s", "longest": f"{max(cool, 2.0):g} s"}},
    }
    (folder / "config").mkdir()
    for name, document in laid_over(documents, edits).items():
        if name.endswith(".yaml"):
            # JSON is YAML.
            (folder / "config" / name).write_bytes(orjson.dumps(document))


async def _line(process: Process, word: bytes) -> bytes:
    """The first line with a word; raises RouterError where none comes."""
    assert process.stdout is not None  # noqa: S101 - it was asked for
    with suppress(TimeoutError):
        async with asyncio.timeout(STARTS_S):
            while line := await process.stdout.readline():
                if word in line:
                    return line
    raise RouterError("A process of the scenario did not start.")


async def _end(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(5):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
