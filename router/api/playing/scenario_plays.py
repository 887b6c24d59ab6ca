"""Plays scenarios for whoever asks over HTTP: one at a time, in a process that ends when it is idle.

Invariant: equal questions are answered from memory; a play that takes too long, or whose asker left, is ended with its
process, and nothing else waits for it.
"""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import orjson

from router.errors import BadRequest, DeadlineExceeded, RouterError

LONGEST_S = 60.0
IDLE_S = 300.0
KEPT = 64
"""Results that are kept, each some ten thousand bytes."""
MOST_BYTES = 32 * 1024 * 1024
_COMMAND = (sys.executable, "-m", "router.api.playing.scenario_worker")


class ScenarioPlays:
    """The one process of a server, and what it has answered."""

    def __init__(
        self, command: tuple[str, ...] = _COMMAND, longest_s: float = LONGEST_S, idle_s: float = IDLE_S
    ) -> None:
        self._command = command
        self._longest_s = longest_s
        self._idle_s = idle_s
        self._turn = asyncio.Lock()
        self._process: Process | None = None
        self._known: OrderedDict[bytes, Any] = OrderedDict()
        self._idle: asyncio.TimerHandle | None = None

    async def play(self, name: str, given: Mapping[str, float], seed: int) -> Any:
        """The result; raises BadRequest for settings that don't fit, DeadlineExceeded where it takes too long."""
        line = orjson.dumps({"name": name, "set": given, "seed": seed}, option=orjson.OPT_SORT_KEYS)
        if line not in self._known:
            async with self._turn:
                if line not in self._known:
                    self._keep(line, await self._ask(line))
        self._known.move_to_end(line)
        answer = self._known[line]
        if "error" in answer:
            raise BadRequest(answer["error"], param="set")
        return answer["result"]

    def _keep(self, line: bytes, answer: Any) -> None:
        self._known[line] = answer
        if len(self._known) > KEPT:
            self._known.popitem(last=False)

    async def _ask(self, line: bytes) -> Any:
        if self._idle:
            self._idle.cancel()
        try:
            async with asyncio.timeout(self._longest_s):
                answer = await self._exchange(line)
        except TimeoutError:
            await self.close()
            raise DeadlineExceeded(f"The scenario was not played within {self._longest_s:g} s.") from None
        except BaseException:
            # Half an answer may be left in the pipe.
            await self.close()
            raise
        self._idle = asyncio.get_running_loop().call_later(self._idle_s, self._end)
        return answer

    async def _exchange(self, line: bytes) -> Any:
        process = self._process
        if process is None or process.returncode is not None:
            made = asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=MOST_BYTES
            )
            process = self._process = await made
        if process.stdin is None or process.stdout is None:
            raise RouterError("The process that plays scenarios has no pipes.")
        process.stdin.write(line + b"\n")
        await process.stdin.drain()
        answer = await process.stdout.readline()
        if not answer:
            raise RouterError("The process that plays scenarios ended before it answered.")
        return orjson.loads(answer)

    def _end(self) -> None:
        # Let go of at once: whoever asks before the system says that it has ended needs another.
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()

    async def close(self) -> None:
        """End the process, if there is one."""
        if self._idle:
            self._idle.cancel()
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
