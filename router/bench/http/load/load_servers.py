"""Starts the programs that `fungible bench load` measures, and looks at what they take.

Invariant: a program has ended when its block does; with a core of its own nothing else of ours runs there.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import orjson

NOTE = (
    "Summarise the following note in two sentences: the team met on Tuesday to agree the release plan for the router "
    "and listed what was left to do before anyone could call it done; two people wanted more tests. "
)
PATH = "/v1/chat/completions"
PATIENCE_S = 60.0
"""So long a program that was started may take to its first answer, on a machine that is busy."""
_STATS = Path("/proc")
# After the command's name in parentheses, of /proc/PID/stat: the parent; the processor's time in user and kernel mode.
_PARENT, _USER, _KERNEL = 1, 11, 12


class Started(NamedTuple):
    """A program that serves: its process, its port, and how long it took to a first answer."""

    process: "subprocess.Popen[bytes]"
    port: int
    first_answer_s: float


def prompt_body(size: int, model: str = "auto") -> bytes:
    """A request with a prompt of so many bytes."""
    text = (NOTE * (size // len(NOTE) + 1))[:size]
    return orjson.dumps({"model": model, "messages": [{"role": "user", "content": text}]})


@contextmanager
def serving(words: Sequence[str], *, own_core: bool = True) -> Iterator[Started]:
    """A program with the words `python WORDS`, in which `{port}` stands for a free port, once it has answered."""
    port = _free_port()
    command = [sys.executable, *(word.replace("{port}", str(port)) for word in words)]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - our own programs
    try:
        with _own_core(process.pid, wanted=own_core):
            _first_answer(port, prompt_body(200))
            yield Started(process, port, time.perf_counter() - started)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@contextmanager
def mock_backend(core: int | None = None) -> Iterator[int]:
    """The port of a backend that answers at once, in a process of its own."""
    words = [sys.executable, "-m", "router.bench.http.load.mock_backend"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
        assert process.stdout is not None  # noqa: S101
        try:
            if core is not None and hasattr(os, "sched_setaffinity"):
                os.sched_setaffinity(process.pid, {core})
            yield int(process.stdout.readline())
        finally:
            process.kill()


def last_core() -> int | None:
    """The core for loads and backends, where the system tells."""
    return max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None


def processor_s(process: int) -> float | None:
    """Seconds of processor that a process and those it started have taken; None where the system does not say."""
    if not (_STATS / str(process) / "stat").exists():
        return None
    rows = {int(folder.name): _row(folder) for folder in _STATS.iterdir() if folder.name.isdigit()}
    family = {process}
    while more := {pid for pid, row in rows.items() if row and int(row[_PARENT]) in family} - family:
        family |= more
    ticks = sum(int(row[_USER]) + int(row[_KERNEL]) for pid in family if (row := rows.get(pid)))
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_mb(process: int) -> int:
    """The memory that a process has now, in MB; 0 where the system does not say."""
    shown = subprocess.run(["ps", "-o", "rss=", "-p", str(process)], capture_output=True, check=False)  # noqa: S603, S607
    return int(shown.stdout or 0) // 1024


def _row(folder: Path) -> list[str]:
    try:
        return (folder / "stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return []


@contextmanager
def _own_core(server: int, *, wanted: bool) -> Iterator[None]:
    """The server on one core, the load on another, where that is wanted and the system can do it."""
    if not wanted or not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    cores = sorted(before)
    os.sched_setaffinity(server, {cores[0]})
    os.sched_setaffinity(0, {cores[-1]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _first_answer(port: int, body: bytes) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{PATH}", body)
    due = time.monotonic() + PATIENCE_S
    while time.monotonic() < due:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                answer.read()
                return
        except urllib.error.URLError:
            time.sleep(0.01)
    raise TimeoutError("the server did not answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
