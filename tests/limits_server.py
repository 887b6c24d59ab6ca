"""A real Valkey or Redis server for the tests, started from Debian's package; it is gone with the test."""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PASSWORD = "never-to-be-shown"
MISSING = "needs a Valkey or Redis server: install Debian's package `redis-server` (or `valkey-server`)"


def binary() -> str | None:
    """The server's program."""
    return shutil.which("valkey-server") or shutil.which("redis-server")


class LimitsServer:
    """A server on loopback that keeps nothing on disk, so that a restart loses its memory."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program, self._folder = program, folder
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.port = int(taken.getsockname()[1])
        self.url = f"valkey://:{PASSWORD}@127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        words = ["--port", str(self.port), "--bind", "127.0.0.1", "--requirepass", PASSWORD]
        words += ["--save", "", "--appendonly", "no", "--dir", str(self._folder), "--daemonize", "no"]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen([self._program, *words], stdin=quiet, stdout=quiet, stderr=quiet)
        for _ in range(500):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.01)
        raise AssertionError("the server of limits did not start")

    def stop(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Let it be there and not answer."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it answer again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def restart(self) -> None:
        """Lose all that it keeps."""
        self.stop()
        self.start()


@contextmanager
def running(folder: Path) -> Iterator[LimitsServer | None]:
    """A server, or None where there is none to be had."""
    if (program := binary()) is None:
        yield None
        return
    server = LimitsServer(program, folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
