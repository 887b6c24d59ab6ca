"""Starts the workers of one server, replaces one that ends by itself, and stops them all.

Invariant: the sockets stay open here while a worker is replaced, so that who connects meanwhile waits and is not
refused; where the first worker can't begin, its words and its exit code are those of the command.
"""

import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import NoReturn

from router.api.listening import listen
from router.api.workers.worker_link import GO, READY, WorkerLink, environment
from router.errors import ConfigError

LOOK_S = 0.05
# One that ends sooner than this may not be well: after the second such, a pause is made, which grows.
SHORT_LIFE_S = 10.0
PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
STOPS = (signal.SIGTERM, signal.SIGINT)
log = logging.getLogger("fungible")


@dataclass(slots=True)
class _Seat:
    """The place of one worker: its socket, and the process that holds it now."""

    number: int
    listener: socket.socket
    process: "subprocess.Popen[bytes] | None" = None
    line: socket.socket | None = None
    begun: float = 0.0
    is_ready: bool = False
    short_lives: int = 0
    not_before: float = 0.0
    codes: list[int] = field(default_factory=list)


class Supervisor:
    """The workers of one server, each a process that runs `command`."""

    def __init__(self, listeners: Sequence[socket.socket], command: Sequence[str], shared: Path) -> None:
        self._seats = [_Seat(number, listener) for number, listener in enumerate(listeners)]
        self._command, self._shared = command, shared
        self._greeted = False
        self._stop: int | None = None
        self._hangups = 0

    def run(self) -> int:
        """Serve until told to stop; gives the exit code, negative for a signal, as `subprocess` does."""
        with self._signals():
            first, *others = self._seats
            for seat in self._seats:
                self._start(seat)
            while not first.is_ready and self._stop is None:
                if self._ended(first):
                    self._give_up(others)
                    return first.codes[-1]
                self._look(first)
                time.sleep(LOOK_S)
            for seat in others:
                self._let_go(seat)
            while self._stop is None:
                self._keep_all()
                time.sleep(LOOK_S)
            return self._end()

    def _keep_all(self) -> None:
        for seat in self._seats:
            if seat.process is None:
                if time.monotonic() >= seat.not_before:
                    self._start(seat)
            elif self._ended(seat):
                self._plan_next(seat)
            else:
                self._look(seat)
        while self._hangups:
            self._hangups -= 1
            self._signal(signal.SIGHUP)

    def _start(self, seat: _Seat) -> None:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        link = WorkerLink(
            number=seat.number,
            count=len(self._seats),
            greets=seat.number == 0 and not self._greeted,
            waits=seat.number > 0 and not self._greeted,
            listener=seat.listener,
            supervisor=theirs,
            shared=self._shared,
        )
        # A session of its own: a terminal's Ctrl-C comes to this process alone, which passes it on once.
        seat.process = subprocess.Popen(  # noqa: S603 - the very command that this process was started with
            self._command,
            env=environment(link),
            pass_fds=(seat.listener.fileno(), theirs.fileno()),
            start_new_session=True,
        )
        theirs.close()
        seat.line, seat.begun, seat.is_ready = ours, time.monotonic(), False

    def _give_up(self, seats: Sequence[_Seat]) -> None:
        """End workers that have not begun to serve."""
        for seat in seats:
            if seat.process is not None:
                seat.process.kill()
                seat.process.wait()
            self._ended(seat)

    def _let_go(self, seat: _Seat) -> None:
        """The first answers: let one that waits begin."""
        try:
            if seat.line is not None:
                seat.line.send(GO)
        except OSError:
            # It has ended, and another takes its place.
            return

    def _look(self, seat: _Seat) -> None:
        if seat.is_ready or seat.line is None:
            return
        try:
            seat.is_ready = seat.line.recv(1) == READY
        except BlockingIOError:
            return
        self._greeted = self._greeted or seat.is_ready

    def _ended(self, seat: _Seat) -> bool:
        code = seat.process.poll() if seat.process else None
        if code is None:
            return False
        seat.codes.append(code)
        seat.process = None
        if seat.line is not None:
            seat.line.close()
        return True

    def _plan_next(self, seat: _Seat) -> None:
        """Another takes its place: at once, or after a pause where several were there for a moment only."""
        short = time.monotonic() - seat.begun < SHORT_LIFE_S
        seat.short_lives = seat.short_lives + 1 if short else 0
        pause = min(LONGEST_PAUSE_S, PAUSE_S * 2 ** (seat.short_lives - 2)) if seat.short_lives > 1 else 0.0
        seat.not_before = time.monotonic() + pause
        how = f"by signal {-seat.codes[-1]}" if seat.codes[-1] < 0 else f"with exit code {seat.codes[-1]}"
        log.error("worker %d ended %s; another takes its place in %g s", seat.number, how, pause)

    def _end(self) -> int:
        """Pass the signal on, once more where it comes again, and wait for all."""
        passed: int | None = None
        last: list[int] = []
        while running := [seat for seat in self._seats if seat.process is not None]:
            if self._stop is not None:
                self._signal(self._stop)
                passed, self._stop = self._stop, None
            last += [seat.codes[-1] for seat in running if self._ended(seat)]
            time.sleep(LOOK_S)
        failed = [code for code in last if code not in (0, -(passed or 0))]
        return failed[0] if failed else -(passed or 0)

    def _signal(self, number: int) -> None:
        for seat in self._seats:
            if seat.process is not None and seat.process.poll() is None:
                seat.process.send_signal(number)

    def stop(self, number: int, _: FrameType | None = None) -> None:
        """Stop, passing this signal on; for handlers of signals."""
        self._stop = number

    def hang_up(self, *_: object) -> None:
        """Let every worker take its files up anew; for handlers of signals."""
        self._hangups += 1

    @contextmanager
    def _signals(self) -> Iterator[None]:
        before = {number: signal.signal(number, self.stop) for number in STOPS}
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, self.hang_up)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def listen_for(host: str, port: int, count: int) -> list[socket.socket]:
    """So many sockets of one address, among which the system shares connections out; raises ConfigError."""
    if not hasattr(socket, "SO_REUSEPORT") or os.name == "nt":
        raise ConfigError(["--workers: this system can't share a port between processes; leave it out."])
    # Asked for alone first: where a stranger's server shares its port, too, it would get half of the requests.
    listen(host, port).close()
    listeners: list[socket.socket] = []
    for _ in range(count):
        taken = listeners[0].getsockname()[1] if listeners else port
        listeners.append(listen(host, taken, share=True))
    return listeners


def supervise(host: str, port: int, count: int, command: Sequence[str] | None = None) -> int:
    """Serve in so many processes until told to stop; gives the exit code. Raises ConfigError for the address."""
    listeners = listen_for(host, port, count)
    shared = Path(tempfile.mkdtemp(prefix="fungible-workers-"))
    try:
        return Supervisor(listeners, command or (sys.executable, *sys.orig_argv[1:]), shared).run()
    finally:
        for listener in listeners:
            listener.close()
        shutil.rmtree(shared, ignore_errors=True)


def end_as(code: int) -> NoReturn:
    """End this process as its workers ended: by the same signal, or with the code."""
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)
