"""A scripted fake backend on a real socket: it answers, dribbles, hangs, lies or breaks off as its script says.

Invariant: what a connection sends is the bytes and the pauses that a script gives for its request, and nothing else;
what was asked last is kept, and how many connections are open is known at any time.
"""

import asyncio
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any, Literal

import orjson

HANG = 3600.0
MOST_KEPT = 256
Step = bytes | float | Literal["close", "reset"]
Script = Iterable[Step]
_RESET = struct.pack("ii", 1, 0)
# Whoever came in at the last moment is noticed at most so many turns of the loop later.
_TURNS = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        """The body, as data."""
        return orjson.loads(self.body)


class Upstream:
    """A server in a thread; `answer` says what is sent for each request."""

    def __init__(self, answer: Callable[[Asked], Script], tls: SSLContext | None = None, port: int = 0) -> None:
        self.answer = answer
        self._tls = tls
        self.asked: deque[Asked] = deque(maxlen=MOST_KEPT)
        self.accepted = 0
        self.open = 0
        self._loop = asyncio.new_event_loop()
        self._listener = socket.create_server(("127.0.0.1", port), backlog=2048)
        self.port = int(self._listener.getsockname()[1])
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="upstream")

    @property
    def url(self) -> str:
        """What a provider's `base_url` would be."""
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> "Upstream":
        """Serve."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, whatever hangs."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        serving: set[asyncio.Task[None]] = set()
        writers: set[asyncio.StreamWriter] = set()

        def forget(writer: asyncio.StreamWriter) -> None:
            # A task that is stopped before its first step closes nothing, and with TLS a close waits for a word back.
            if self._tls is None and writer.is_closing() and not writer.transport.get_write_buffer_size():
                writers.discard(writer)

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writers.add(writer)
            task = self._loop.create_task(self._connection(reader, writer))
            serving.add(task)
            task.add_done_callback(serving.discard)
            task.add_done_callback(lambda _: forget(writer))

        server = await asyncio.start_server(accept, sock=self._listener, ssl=self._tls)
        await self._stopping.wait()
        # A server that closes while a connection comes in loses that open: first nobody is let in any more.
        self._loop.remove_reader(self._listener.fileno())
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        # What was not sent yet will not be: a transport that waits for that would outlive its loop.
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        self.open += 1
        try:
            while True:
                asked = await _request(reader)
                self.asked.append(asked)
                if not await self._play(self.answer(asked), reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _play(self, script: Script, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Send what the script says; whether the connection may go on."""
        for step in script:
            if isinstance(step, bytes):
                writer.write(step)
                await writer.drain()
            elif isinstance(step, float):
                # Whoever hangs notices all the same that the other side has gone.
                if await _gone(reader, step):
                    return False
            else:
                if step == "reset":
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    writer.transport.abort()
                return False
        return True


async def _request(reader: asyncio.StreamReader) -> Asked:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(first.split(" ")[1], headers, body)


async def _gone(reader: asyncio.StreamReader, seconds: float) -> bool:
    """Wait; whether the other side left meanwhile."""
    try:
        async with asyncio.timeout(seconds):
            return not await reader.read(1)
    except TimeoutError:
        return False


def closed_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answer(body: object, status: int = 200, kind: str = "application/json", **headers: object) -> bytes:
    """A whole answer; bytes are sent as they are, anything else as JSON."""
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status} Whatever\r\ncontent-type: {kind}\r\n{more}content-length: {len(data)}\r\n\r\n"
    return head.encode("latin-1") + data


def completion(text: str = "All is well.", model: str = "up", usage: object = None, **more: Any) -> dict[str, Any]:
    """A `chat.completion`; further keywords replace its fields."""
    message = {"role": "assistant", "content": text, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    body: dict[str, Any] = {"id": "chatcmpl-up", "object": "chat.completion", "created": 1, "model": model}
    return body | {"choices": [choice], "usage": usage or used()} | more


def used(taken: Any = 42, given: Any = 7, cached: Any = 0) -> dict[str, Any]:
    """Token counts in OpenAI's words."""
    return {
        "prompt_tokens": taken,
        "completion_tokens": given,
        "total_tokens": 49,
        "prompt_tokens_details": {"cached_tokens": cached},
    }


STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"
STREAM_END = b"0\r\n\r\n"
DONE = b"[DONE]"


def framed(data: bytes) -> bytes:
    """Bytes as a chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def event(data: object) -> bytes:
    """One server-sent event in a chunk of its own; bytes are sent as they are, anything else as JSON."""
    return framed(b"data: " + (data if isinstance(data, bytes) else orjson.dumps(data)) + b"\n\n")


def piece(delta: object, model: str = "up", reason: str | None = None, **more: Any) -> bytes:
    """The event of one `chat.completion.chunk`."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
    body: dict[str, Any] = {"id": "chatcmpl-up", "object": "chat.completion.chunk", "created": 1, "model": model}
    return event(body | {"choices": [choice]} | more)


def words(*texts: str, model: str = "up", usage: object = None) -> list[Step]:
    """A whole stream that says some texts."""
    opening = piece({"role": "assistant", "content": ""}, model)
    usage_events = [event({"model": model, "choices": [], "usage": usage})] if usage else []
    said = [piece({"content": text}, model) for text in texts]
    return [STREAM_HEAD, opening, *said, piece({}, model, "stop"), *usage_events, event(DONE), STREAM_END]
