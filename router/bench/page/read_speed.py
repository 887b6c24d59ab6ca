"""`fungible bench page`: how long the page's read routes take over a large ledger, and what a busy page costs traffic.

Invariant: a whole server answers, in a process of its own; the ledger was written by the code that serves, and what is
compared is measured in one run, in turns.
"""

import http.client
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson

from router.bench.http.ledger_speed import empty_place
from router.bench.http.load.load_servers import serving
from router.bench.page.many_receipts import RAMP, fill, ramped
from router.keys.admin_key_file import read_keys
from router.ledger.location import Place
from router.page.sign_in import SIGN_IN

READS = (
    *(f"/admin/v1/figures?range={name}" for name in ("hour", "day", "week", "month")),
    *(f"/admin/v1/series?range={name}&by=task" for name in ("hour", "day", "week", "month")),
    "/admin/v1/receipts",
    "/admin/v1/receipts?served=phi-4&task=math",
    "/admin/v1/receipts?substituted=true&reason=ramp",
    "/admin/v1/receipts?min_ms=100000",
    "/admin/v1/receipts?asked=nothing",
    "/v1/receipts/{id}",
    "/v1/receipts/{id}/proof",
    "/admin/v1/receipts/{id}/again",
    f"/admin/v1/ramps/{RAMP['name']}/arms",
    *("/admin/v1/models", "/admin/v1/policies", "/admin/v1/policies/log?actual=true", "/admin/v1/policies/candidates"),
    *("/admin/v1/ramps", "/admin/v1/budgets", "/admin/v1/keys", "/admin/v1/audits", "/readyz"),
)
"""Every read route that a view asks for when it is opened; `{id}` is a receipt's."""
PAGES = ("/", "/decisions", "/policies", "/ramps", "/models", "/keys", "/audit")
BEFORE_FIRST_S = 120.0
Figures = dict[str, Any]


@contextmanager
def filled(
    receipts: int, url: str | None, advance: Callable[[str, int], object]
) -> Iterator[tuple[Place, Path, Mapping[str, float]]]:
    """A place with so many receipts that are indexed, its configuration, and what both took for each receipt, in µs."""
    config = ramped()
    with tempfile.TemporaryDirectory() as folder, empty_place(url) as place:
        for name, text in config.texts.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        (Path(folder) / "ramps.yaml").write_text(orjson.dumps({"ramps": [RAMP]}).decode(), encoding="utf-8")
        with closing(place.ledger(1.0)) as ledger:
            written = _taken(lambda: fill(ledger, config, receipts, lambda count: advance("writing", count)))
            with closing(place.index(ledger)) as index:
                indexed = _taken(lambda: _indexed(index, advance))
        each = {"write_us": 1e6 * written / receipts, "index_us": 1e6 * indexed / receipts}
        yield place, Path(folder), each


def _indexed(index: Any, advance: Callable[[str, int], object]) -> None:
    read = 0
    while (progress := index.catch_up(1.0)).read < progress.entries:
        advance("indexing", progress.read - read)
        read = progress.read
    advance("indexing", progress.read - read)


def _taken(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


class Asked:
    """A server with its port and process, and the admin key that it takes."""

    def __init__(self, port: int, key: str, process: int) -> None:
        self.port, self.process, self._headers = port, process, {"authorization": f"Bearer {key}"}
        self._headers["accept"] = "text/html, application/json"
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=BEFORE_FIRST_S)

    def get(self, path: str) -> bytes:
        """What a path answers; raises AssertionError for anything but a 200."""
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise AssertionError(f"{path} answered {answer.status}: {body[:200]!r}")
        return body

    def sign_in(self) -> None:
        """Enter as a browser does, so that pages are answered, too."""
        # The server may have closed a connection that was not used for a while.
        self._connection.close()
        form = urlencode({"key": self._headers["authorization"].removeprefix("Bearer ")})
        headers = {"content-type": "application/x-www-form-urlencoded"}
        self._connection.request("POST", SIGN_IN, form, headers)
        answer = self._connection.getresponse()
        answer.read()
        self._headers["cookie"] = (answer.getheader("set-cookie") or "").partition(";")[0]

    def link(self, path: str) -> str:
        """A path that signs a browser in once."""
        self._connection.request("POST", path, b"", self._headers)
        return str(orjson.loads(self._connection.getresponse().read())["path"])


@contextmanager
def served(place: Place, config: Path) -> Iterator[Asked]:
    """A server of its own process over a place, under `degrade`: no sync of the disk hides what a page costs."""
    words = ["-m", "router.cli", "serve", "--port", "{port}", "--data", str(place.folder), "--config", str(config)]
    words += ["--durability", "degrade"]
    with serving([*words, *(["--ledger", str(place.url)] if place.url else [])], own_core=False) as started:
        yield Asked(started.port, read_keys(place.folder)[0], started.process.pid)


def processor_ms(process: int) -> float:
    """Milliseconds of processor that all threads of a process have taken; 0 where the system does not say."""
    spent = 0
    for place in Path(f"/proc/{process}/task").glob("*/schedstat"):
        with suppress(OSError):
            spent += int(place.read_text("ascii").split()[0])
    return spent / 1e6


def read_times(asked: Asked, rounds: int, step: Callable[[], object] = lambda: None) -> list[Figures]:
    """Milliseconds of each route, the median, fastest and slowest of so many rounds, and of processor; its bytes."""
    newest = orjson.loads(asked.get("/admin/v1/receipts?limit=1"))["data"][0]["id"]
    rows = []
    for route in READS:
        path, times, size, before = route.format(id=newest), list[float](), 0, processor_ms(asked.process)
        for _ in range(rounds):
            begun = time.perf_counter()
            size = len(asked.get(path))
            times.append((time.perf_counter() - begun) * 1e3)
        spent = (processor_ms(asked.process) - before) / rounds
        ends = {"ms": statistics.median(times), "least_ms": min(times), "most_ms": max(times)}
        rows.append({"route": route, **ends, "processor_ms": spent, "bytes": size})
        step()
    return rows
