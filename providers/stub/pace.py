"""The time that a model would take, where the settings ask for it.

Invariant: waiting is one plain sleep at a time, so that a cancelled call stops at once.
"""

import asyncio
from asyncio import get_running_loop

from providers.stub.settings import Settings
from router.types import Chunk, Speed

_BYTES_PER_TOKEN = 4


class Pace:
    """A clock of one call: the first token's wait, then tokens as they would come."""

    def __init__(self, speed: Speed, settings: Settings) -> None:
        self._scale = settings.latency_scale if settings.latency else 0.0
        self._per_token = 1 / speed.tokens_per_second
        self._due = get_running_loop().time() + self._scale * speed.first_token_ms / 1_000 if self._scale else 0.0

    async def wait(self, chunk: Chunk, choices: int) -> None:
        """Sleep until this chunk would be there; the choices are written side by side."""
        if not self._scale:
            return
        text = chunk.tool_call.arguments if chunk.tool_call else chunk.text
        tokens = len(text.encode(errors="replace")) / _BYTES_PER_TOKEN
        self._due += self._scale * tokens * self._per_token / choices
        await asyncio.sleep(max(0.0, self._due - get_running_loop().time()))
