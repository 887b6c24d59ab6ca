"""The partner's backend as a process of its own, which somebody kills: it takes its time, then answers.

Invariant: it answers every request whole, after a pause that its prompt decides; it is told nothing of its end.
"""

import sys
import time
from collections.abc import Iterator

import orjson

from providers.stub.skill import draw, mark
from router.bench.http.fake_backend import Asked, Step, Upstream, answer, completion, used

PAUSES = (0.08, 0.1, 0.15, 0.2, 0.3, 0.4)
"""Seconds until an answer, one of which each prompt has."""
GIVEN_TOKENS = 220
"""What it says that it used for an answer: about as much as the stand-ins."""


def pause_of(text: str) -> float:
    """How long this prompt takes."""
    return PAUSES[draw("pause", mark(text)) % len(PAUSES)]


def script(asked: Asked) -> Iterator[Step]:
    """Wait, then answer."""
    text = orjson.dumps(asked.data["messages"]).decode()
    yield pause_of(text)
    usage = used(taken=len(text) // 4, given=GIVEN_TOKENS)
    yield answer(completion("This is the partner's backend, a stand-in.", model=asked.data["model"], usage=usage))


def main() -> None:
    """Say where it listens, and serve until killed."""
    with Upstream(script, port=int(sys.argv[1])) as backend:
        sys.stdout.write(f"{backend.port}\n")
        sys.stdout.flush()
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main()
