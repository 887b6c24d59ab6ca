"""A server in a process of its own, whose ledger the tests attack."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

PATIENCE_S = 20.0
BODY = orjson.dumps({"model": "auto", "messages": [{"role": "user", "content": "Is this kept?"}]})
# What a child does before it is a server: `limit` bytes is the largest file that it can write.
_LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
sys.argv[1:] = sys.argv[2:]
from router.cli import main
main()
"""


@dataclass
class Served:
    """A server: its port, its process, and the ids of the answers that it gave."""

    process: "subprocess.Popen[str]"
    port: int
    ids: list[str] = field(default_factory=list)

    def get(self, path: str) -> tuple[int, Any]:
        """Status and body of a GET."""
        return self._request("GET", path)

    def ask(self) -> int:
        """The status of one answer."""
        return self._request("POST", "/v1/chat/completions", BODY)[0]

    def _request(self, method: str, path: str, body: bytes | None = None) -> tuple[int, Any]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)) as connection:
            connection.request(method, path, body, {"content-type": "application/json"})
            answer = connection.getresponse()
            read = answer.read()
            if method == "POST" and answer.status == 200:
                self.ids.append(answer.headers["x-fungible-receipt"])
            return answer.status, read.decode()

    def stop(self) -> tuple[int, str]:
        """The exit code, and the words on standard error."""
        self.process.send_signal(signal.SIGTERM)
        _, words = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, words


@contextmanager
def serving(folder: Path, *options: str, most_bytes: int | None = None) -> Iterator[Served]:
    """A server over a data folder; none of its files grows past `most_bytes`."""
    start = ["-m", "router.cli"] if most_bytes is None else ["-c", _LIMITED, str(most_bytes)]
    command = [sys.executable, "-u", *start, "serve", "--port", "0", "--data", str(folder), *options]
    terms: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, env={**os.environ, "NO_COLOR": "1"}, **terms)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        address = next(line for line in process.stdout if "address" in line)
        yield Served(process, int(address.rpartition(":")[2].split("/")[0]))
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def eventually(holds: Callable[[], Any]) -> Any:
    """What comes true before patience ends."""
    until = time.monotonic() + PATIENCE_S
    while not (value := holds()) and time.monotonic() < until:
        time.sleep(0.05)
    return value
