"""What a server process is given by the one that started it: its socket, its number, and a line to the other.

Invariant: a worker stops when its supervisor is gone; what it is given reaches no process that it starts itself.
"""

import os
import signal
import socket
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import orjson

from router.errors import ConfigError

VARIABLE = "FUNGIBLE_WORKER"
READY, GO = b"r", b"g"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLink:
    """One worker of `count`, the first being number 0; `shared` is a folder for what workers tell each other.

    `greets` is whether it says the first words of the server: the first of its kind alone does. Who `waits` does
    nothing but load what it needs until that one answers, so that what can't be served is said once.
    """

    number: int
    count: int
    greets: bool
    waits: bool
    listener: socket.socket
    supervisor: socket.socket
    shared: Path

    @classmethod
    def from_environment(cls) -> "WorkerLink | None":
        """The link that this process was started with, None where nobody supervises it; raises ConfigError."""
        given = os.environ.pop(VARIABLE, None)
        if given is None:
            return None
        try:
            said = orjson.loads(given)
            return cls(
                number=said["number"],
                count=said["count"],
                greets=said["greets"],
                waits=said["waits"],
                listener=socket.socket(fileno=said["listener"]),
                supervisor=socket.socket(fileno=said["supervisor"]),
                shared=Path(said["shared"]),
            )
        except (ValueError, TypeError, KeyError, OSError):
            raise ConfigError([f"{VARIABLE} is what a server sets for its own workers: take it out."]) from None

    def wait_for_first(self) -> None:
        """Wait until the first worker answers, if this one is to; ends the process where the supervisor is gone."""
        if self.waits and self.supervisor.recv(1) != GO:
            sys.exit(1)

    def say_ready(self) -> None:
        """Tell the supervisor that requests are answered, and stop once it is gone."""
        self.supervisor.send(READY)
        threading.Thread(target=self._stop_with_supervisor, name="supervisor", daemon=True).start()

    def _stop_with_supervisor(self) -> None:
        try:
            while self.supervisor.recv(1):
                pass
        except OSError:
            pass
        os.kill(os.getpid(), signal.SIGTERM)


def environment(link: WorkerLink) -> dict[str, str]:
    """The environment for the process that is to be this worker."""
    said = {
        "number": link.number,
        "count": link.count,
        "greets": link.greets,
        "waits": link.waits,
        "listener": link.listener.fileno(),
        "supervisor": link.supervisor.fileno(),
        "shared": str(link.shared),
    }
    return {**os.environ, VARIABLE: orjson.dumps(said).decode()}
