"""A reader that asks a decision model over HTTP, with a time limit and a cache, and the shipped reader where it fails.

Invariant: a reading comes within the time limit, whatever the other side does; no word of a prompt is logged.
"""

import json
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock, Semaphore
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from router.serving.remote_reading.decision_answer import reading_from
from router.types import Excerpt, Reader, Reading

log = logging.getLogger("fungible")
MOST_AT_ONCE = 16
MOST_BYTES = 65_536
# After so many failures in a row nobody is asked for a while.
FAILURES, REST_SECONDS = 3, 5.0
SETTINGS = ("url", "time_limit_ms", "cache", "headers")
Ask = Callable[[bytes], Any]


@dataclass(frozen=True, slots=True)
class DecisionModelSettings:
    """Where to ask, for how long at most, how many readings are kept, and headers such as a key."""

    url: str
    time_limit: float = 0.1
    cache: int = 4096
    headers: Mapping[str, str] | None = None


class DecisionModel:
    """Reads as the other side says, and as the shipped reader where that says nothing in time."""

    name = "decision-model-1"
    # The server reads in a thread of its own where this is so.
    remote = True

    def __init__(self, settings: DecisionModelSettings, shipped: Reader, ask: Ask | None = None) -> None:
        self._settings, self._shipped = settings, shipped
        self._ask = ask or self._post
        self._pool = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="decision-model")
        self._free = Semaphore(MOST_AT_ONCE)
        self._lock = Lock()
        self._known: OrderedDict[bytes, Reading] = OrderedDict()
        self._failed, self._asks_again = 0, 0.0

    def read(self, excerpt: Excerpt) -> Reading:
        """The other side's reading, or the shipped one."""
        body = json.dumps({"text": excerpt.last, "earlier": excerpt.earlier}).encode()
        key = sha256(body).digest()
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
                return known
        own = self._shipped.read(excerpt)
        reading = self._asked(body, own)
        if reading is None:
            return own
        with self._lock:
            self._known[key] = reading
            while len(self._known) > self._settings.cache:
                self._known.popitem(last=False)
        return reading

    def _asked(self, body: bytes, own: Reading) -> Reading | None:
        """What the other side says, or None where it is at rest, is busy, takes too long, or says nothing of use."""
        if monotonic() < self._asks_again or not self._free.acquire(blocking=False):
            return None
        future = self._pool.submit(self._ask, body)
        future.add_done_callback(lambda _: self._free.release())
        try:
            reading = reading_from(future.result(self._settings.time_limit), own)
        except Exception as error:  # noqa: BLE001 - whatever it is, the shipped reader reads
            self._note(type(error).__name__)
            return None
        self._failed = 0
        return reading

    def _note(self, failure: str) -> None:
        self._failed += 1
        if self._failed >= FAILURES:
            self._failed, self._asks_again = 0, monotonic() + REST_SECONDS
            log.warning("the decision model failed %d times (%s); the shipped reader reads for now", FAILURES, failure)

    def _post(self, body: bytes) -> Any:
        headers = {"content-type": "application/json", **(self._settings.headers or {})}
        request = Request(self._settings.url, body, headers)  # noqa: S310 - checked to be http or https
        with urlopen(request, timeout=self._settings.time_limit) as response:  # noqa: S310
            return json.loads(response.read(MOST_BYTES))


def create(settings: Mapping[str, Any], shipped: Reader) -> DecisionModel:
    """The reader of the entry point `http`; ValueError for a wrong setting, which names it and repeats no value."""
    for name in settings:
        if name not in SETTINGS:
            raise ValueError(f"{name}: unknown key; there are {', '.join(SETTINGS)}")
    url = settings.get("url")
    if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise ValueError("url: must be an http or https address")
    headers = settings.get("headers") or {}
    if not isinstance(headers, Mapping) or not all(isinstance(word, str) for pair in headers.items() for word in pair):
        raise ValueError("headers: must be names with texts")
    limit = _whole(settings, "time_limit_ms", 100, 10_000)
    kept = _whole(settings, "cache", 4096, 1_000_000)
    return DecisionModel(DecisionModelSettings(url, limit / 1000, kept, headers), shipped)


def _whole(settings: Mapping[str, Any], name: str, otherwise: int, most: int) -> int:
    value = settings.get(name, otherwise)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise ValueError(f"{name}: must be a whole number from 1 to {most}")
    return value
