"""Bodies that come compressed: decoded piece by piece, within the same limit as plain ones.

Invariant: about `PIECE` decoded bytes are held beside what the reader has taken, whatever a small body claims to
become.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from importlib import import_module
from typing import Any, Protocol

from router.api.http.asgi import Receive, Scope, Send, joined_header
from router.api.http.middleware import App
from router.errors import BadRequest, TooLarge, UnsupportedEncoding

PIECE = 64 * 1024
# RFC 9659: who decodes zstd from anybody need not keep more than 8 MiB of what went before.
ZSTD_WINDOW_LOG = 23
_DROPPED = frozenset({b"content-encoding", b"content-length"})


class Decoder(Protocol):
    """Decodes one body."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Pieces of what it becomes, each of about `PIECE` bytes at most; raises ValueError."""

    @property
    def ended(self) -> bool:
        """Whether the whole body was there."""


class _Zlib:
    """gzip, or deflate in either of the forms that are in use."""

    def __init__(self, *, gzip: bool) -> None:
        self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS) if gzip else None

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._inflate is None:
            # What is called deflate is to be zlib's form, but some send the bare one.
            headed = data[0] & 0x0F == zlib.DEFLATED and (len(data) < 2 or int.from_bytes(data[:2]) % 31 == 0)
            self._inflate = zlib.decompressobj(zlib.MAX_WBITS if headed else -zlib.MAX_WBITS)
        inflate = self._inflate
        while data and not inflate.eof:
            if piece := inflate.decompress(data, PIECE):
                yield piece
            data = inflate.unconsumed_tail
        if inflate.unused_data or (data and inflate.eof):
            raise ValueError("there is more after its end")

    @property
    def ended(self) -> bool:
        return self._inflate is not None and self._inflate.eof


class _Zstd:
    """zstd."""

    def __init__(self, library: Any) -> None:
        options = {library.DecompressionParameter.window_log_max: ZSTD_WINDOW_LOG}
        self._decoder = library.ZstdDecompressor(options=options)

    def feed(self, data: bytes) -> Iterator[bytes]:
        decoder = self._decoder
        while not decoder.eof:
            piece = decoder.decompress(data, PIECE)
            data = b""
            if piece:
                yield piece
            if decoder.needs_input:
                break
        if data or decoder.unused_data:
            raise ValueError("there is more after its end")

    @property
    def ended(self) -> bool:
        return bool(self._decoder.eof)


class _Brotli:
    """br."""

    def __init__(self, library: Any) -> None:
        self._decoder = library.Decompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        decoder = self._decoder
        while True:
            if piece := decoder.process(data, output_buffer_limit=PIECE):
                yield piece
            data = b""
            if decoder.is_finished() or (not piece and decoder.can_accept_more_data()):
                return

    @property
    def ended(self) -> bool:
        return bool(self._decoder.is_finished())


def _library(*names: str) -> Any:
    for name in names:
        try:
            return import_module(name)
        except ImportError:
            continue
    return None


def decoders() -> dict[str, Callable[[], Decoder]]:
    """How each encoding that can be decoded here is decoded; zstd and br where their libraries are there."""
    made: dict[str, Callable[[], Decoder]] = {
        "gzip": lambda: _Zlib(gzip=True),
        "deflate": lambda: _Zlib(gzip=False),
    }
    if zstd := _library("compression.zstd", "backports.zstd"):
        made["zstd"] = lambda: _Zstd(zstd)
    if brotli := _library("brotli"):
        made["br"] = lambda: _Brotli(brotli)
    return made


class ContentEncoding:
    """Decodes bodies of at most `limit` bytes, before and after."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._decoders = decoders()

    def __call__(self, serve: App, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one request."""
        coded = joined_header(scope, b"content-encoding")
        said = coded.strip().lower() if coded else ""
        if said not in ("", "identity"):
            receive = self._decoded(said, receive)
            scope = {**scope, "headers": [line for line in scope["headers"] if line[0] not in _DROPPED]}
        return serve(scope, receive, send)

    def _decoded(self, encoding: str, receive: Receive) -> Receive:
        """Receive what the body is once decoded; it raises UnsupportedEncoding, TooLarge or BadRequest."""
        pieces = self._pieces(encoding, receive)

        async def decoded() -> MutableMapping[str, Any]:
            return await anext(pieces, None) or await receive()

        return decoded

    async def _pieces(self, encoding: str, receive: Receive) -> Any:
        make = self._decoders.get(encoding.removeprefix("x-"))
        if make is None:
            raise UnsupportedEncoding(encoding, tuple(self._decoders))
        decoder, coded, size, more = make(), 0, 0, True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                yield message
                return
            data, more = message.get("body", b""), message.get("more_body", False)
            coded += len(data)
            for piece in _safely(encoding, decoder, data):
                size += len(piece)
                if max(size, coded) > self._limit:
                    raise TooLarge(f"The body is larger than the limit of {self._limit:,} bytes, once decoded.")
                yield {"type": "http.request", "body": piece, "more_body": True}
                # A small body that becomes a large one holds up nobody else.
                await asyncio.sleep(0)
        if coded and not decoder.ended:
            raise BadRequest(f"The body is not whole: its {encoding} has no end.")
        yield {"type": "http.request", "body": b"", "more_body": False}


def _safely(encoding: str, decoder: Decoder, data: bytes) -> Iterator[bytes]:
    if not data:
        return
    try:
        yield from decoder.feed(data)
    except Exception as error:
        raise BadRequest(f"The body is not {encoding}, as its content-encoding says.") from error
