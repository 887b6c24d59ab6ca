"""A backend that answers at once: the yardstick for what the router adds.

Invariant: it prints its port and answers every request with the same completion, as fast as this language can, so
that what is measured before it is the router and not the backend.
"""

import asyncio
import sys

import httptools
import orjson

from router.bench.http.load.load_client import reply

COMPLETION = orjson.dumps(
    {
        "id": "chatcmpl-0",
        "object": "chat.completion",
        "created": 0,
        "model": "only",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "All is well."}, "finish_reason": "stop"},
        ],
        "usage": {"prompt_tokens": 50, "completion_tokens": 4, "total_tokens": 54},
    }
)
ANSWER = reply(COMPLETION)


class MockBackend(asyncio.Protocol):
    """One connection; callbacks alone, no task for a request."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to read."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self._transport = transport
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        """Answer a request that has come whole."""
        self._transport.write(ANSWER)


async def serve() -> None:
    """Serve on a free port, and say which, until killed."""
    server = await asyncio.get_running_loop().create_server(MockBackend, "127.0.0.1", 0, backlog=2048)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
