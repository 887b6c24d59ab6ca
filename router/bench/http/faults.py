"""Backends that fail in every way, by chance: what is sent instead of an answer.

Invariant: the same seed gives the same faults in the same order.
"""

from collections.abc import Callable
from random import Random
from typing import Any

from router.bench.http.fake_backend import (
    DONE,
    HANG,
    STREAM_END,
    STREAM_HEAD,
    Asked,
    Script,
    answer,
    completion,
    event,
    piece,
    used,
    words,
)

LEFT = "A client leaves"
TEXT = ("It was ", "agreed ", "to measure ", "first.")
_BEGUN = [STREAM_HEAD, piece({"role": "assistant", "content": "It was "})]
LONG: Script = [*_BEGUN, 0.3, *words(*TEXT)[2:]]
EITHER: tuple[Script, ...] = (
    [HANG],
    ["close"],
    ["reset"],
    [answer({"error": {"message": "Slow down."}}, 429, retry_after_ms=20)],
    [answer({"error": {"message": "Slow down."}}, 429)],
    [answer({"error": {"message": "Oh."}}, 500)],
    [answer(b"", 503), "close"],
    [answer(b"<html>", kind="text/html")],
    [answer(b'{"choices": [')],
    [answer(completion(choices=[]))],
    [b"220 mail.example.org\r\n", HANG],
    [answer({"error": {"message": "Filtered.", "code": "content_filter"}}, 400)],
)
PLAIN: tuple[Script, ...] = (
    [answer(completion())[:-20], "close"],
    [answer(completion())[:-20], HANG],
    [answer(completion(usage=used(-1)))],
    [answer(completion(usage=used(10**9)))],
    [answer(completion(model="somebody-else"))],
)
STREAMED: tuple[Script, ...] = (
    [*_BEGUN, HANG],
    [*_BEGUN, "reset"],
    [*_BEGUN, b"ff\r\ndata: {", "close"],
    [*_BEGUN, event(b"{"), STREAM_END],
    [*_BEGUN, STREAM_END],
    [STREAM_HEAD, event(DONE), STREAM_END],
    [STREAM_HEAD, event({"error": {"message": "busy"}}), STREAM_END],
    words(*TEXT),
    words(*TEXT, usage=used("many")),
)


def failing(share: float, seed: int) -> Callable[[Asked], Script]:
    """What a backend sends that fails for a share of its requests."""
    chance = Random(seed)  # noqa: S311 - not for secrets

    def sent(asked: Asked) -> Script:
        data: Any = asked.data
        streamed = bool(data.get("stream"))
        if data["messages"][-1]["content"].startswith(LEFT):
            return LONG
        if chance.random() < share:
            return chance.choice(EITHER + (STREAMED if streamed else PLAIN))
        if streamed:
            return words(*TEXT, model=data["model"], usage=used())
        return [answer(completion("".join(TEXT), data["model"]))]

    return sent
