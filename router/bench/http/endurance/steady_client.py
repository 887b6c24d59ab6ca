"""A client that asks again and again and measures each answer: a program of its own, with its own backend.

Invariant: what it measures is the server's time and the machine's, since no other client's work is in its process.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import orjson

from router.bench.http.endurance.soak_clients import Seen, body, connected, read_head, sound
from router.bench.http.fake_backend import Upstream

REST_S = 0.02
MODEL, POLICY = "steady", "even"
KEPT = ("receipts", "ends", "steady_s", "steady_failed")


async def ask(port: int, seconds: float, seen: Seen) -> None:
    """One connection that asks, rests and asks again."""
    payload, until = body("Say that all is well.", POLICY), time.monotonic() + seconds
    async with connected(port) as (reader, writer):
        while time.monotonic() < until:
            started = time.perf_counter()
            writer.write(payload)
            status, length = await read_head(reader, seen, "steady")
            await reader.readexactly(length)
            seen.steady_s.append(time.perf_counter() - started)
            seen.steady_failed += status != 200
            await asyncio.sleep(REST_S)


class SteadyClient:
    """The program from outside: the address of its backend, then a run, then what it saw."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        assert process.stdin is not None  # noqa: S101 - pipes were asked for
        assert process.stdout is not None  # noqa: S101
        self._to, self._from = process.stdin, process.stdout
        self.url = self._from.readline().strip()

    def start(self, port: int, seconds: float) -> None:
        """Ask the server at this port for so long."""
        self._to.write(f"{port} {seconds}\n")
        self._to.flush()

    def add_to(self, seen: Seen) -> None:
        """Wait for its end, and add what it saw."""
        line = self._from.readline()
        if not line:
            raise ChildProcessError("the steady client ended early: it says why above")
        data = orjson.loads(line)
        seen.receipts.extend(data["receipts"])
        seen.ends.update(data["ends"])
        seen.steady_s.extend(data["steady_s"])
        seen.steady_failed += data["steady_failed"]


@contextmanager
def started() -> Iterator[SteadyClient]:
    """The program, ended at the end."""
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            yield SteadyClient(process)
        finally:
            process.kill()


def main() -> None:
    """Say where the backend is, read the server's port and the seconds, ask, and print what was seen as JSON."""
    seen = Seen()
    with Upstream(sound) as backend:
        print(backend.url, flush=True)  # noqa: T201
        port, seconds = sys.stdin.readline().split()
        asyncio.run(ask(int(port), float(seconds), seen))
    sys.stdout.buffer.write(orjson.dumps({name: getattr(seen, name) for name in KEPT}) + b"\n")


if __name__ == "__main__":
    main()
