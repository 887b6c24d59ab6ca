"""How late a loop without work is on this machine: a program that looks until its input ends."""

import asyncio
import sys

from router.api.http.loop_lag import LoopLag


async def watched() -> float:
    """Seconds, until the input ends."""
    lag = LoopLag()
    watching = asyncio.create_task(lag.keep_watch())
    worst_s = 0.0
    ended = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    while not ended.done():
        await asyncio.wait([ended], timeout=1.0)
        worst_s = max(worst_s, lag.worst_s)
    watching.cancel()
    return worst_s


if __name__ == "__main__":
    sys.stdout.write(f"{asyncio.run(watched())}\n")
