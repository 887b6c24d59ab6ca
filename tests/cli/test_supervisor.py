"""Who starts the workers of a server: exit codes, replacements, signals, with small programs for workers."""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from router.api.listening import listen
from router.api.workers.worker_link import VARIABLE, WorkerLink
from router.cli.supervisor import Supervisor, listen_for
from router.errors import ConfigError

WORKER = """
import os, signal, sys, time
from pathlib import Path
from router.api.workers.worker_link import VARIABLE, WorkerLink
link = WorkerLink.from_environment()
link.wait_for_first()
assert VARIABLE not in os.environ and WorkerLink.from_environment() is None
with (link.shared / "begun").open("a") as begun:
    begun.write(f"{link.number} {link.greets} {os.getpid()}\\n")
signal.signal(signal.SIGHUP, lambda *_: (link.shared / f"hangup-{link.number}").touch())
"""
STAYS = WORKER + "link.say_ready()\nwhile True: time.sleep(0.02)\n"


@pytest.fixture
def listeners() -> Iterator[list[socket.socket]]:
    made = listen_for("127.0.0.1", 0, 2)
    yield made
    for listener in made:
        listener.close()


def supervisor(listeners: list[socket.socket], program: str, shared: Path) -> Supervisor:
    return Supervisor(listeners, [sys.executable, "-c", program], shared)


def begun(shared: Path) -> list[list[str]]:
    file = shared / "begun"
    return [line.split() for line in file.read_text().splitlines()] if file.exists() else []


def wait_for(what: Callable[[], object]) -> None:
    until = time.monotonic() + 20
    while not what():
        assert time.monotonic() < until
        time.sleep(0.02)


def run_while(made: Supervisor, steps: Callable[[], None]) -> int:
    """The exit code of a supervisor that is stopped once some steps were taken in a thread."""
    faults: list[Exception] = []

    def run() -> None:
        try:
            steps()
        except Exception as fault:  # noqa: BLE001 - the test fails by it, below
            faults.append(fault)
        made.stop(signal.SIGTERM)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    code = made.run()
    thread.join()
    assert not faults
    return code


def test_where_the_first_worker_can_not_begin_its_exit_code_is_the_commands(
    listeners: list[socket.socket], tmp_path: Path
) -> None:
    assert supervisor(listeners, WORKER + "sys.exit(2)", tmp_path).run() == 2
    assert [row[0] for row in begun(tmp_path)] == ["0"]


def test_one_that_ends_is_replaced_and_a_hangup_reaches_all_and_the_first_alone_greets(
    listeners: list[socket.socket], tmp_path: Path
) -> None:
    made = supervisor(listeners, STAYS, tmp_path)

    def steps() -> None:
        wait_for(lambda: len(begun(tmp_path)) == 2)
        os.kill(int(begun(tmp_path)[0][2]), signal.SIGKILL)
        wait_for(lambda: len(begun(tmp_path)) == 3)
        made.hang_up()
        wait_for(lambda: (tmp_path / "hangup-0").exists() and (tmp_path / "hangup-1").exists())

    assert run_while(made, steps) == -signal.SIGTERM
    assert [row[:2] for row in begun(tmp_path)] == [["0", "True"], ["1", "False"], ["0", "False"]]


def test_a_worker_that_fails_while_it_stops_is_the_exit_code(listeners: list[socket.socket], tmp_path: Path) -> None:
    failing = WORKER + "signal.signal(signal.SIGTERM, lambda *_: sys.exit(3 * link.number))\n"
    failing += "link.say_ready()\n(link.shared / f'armed-{link.number}').touch()\nwhile True: time.sleep(0.02)\n"
    made = supervisor(listeners, failing, tmp_path)
    armed = [tmp_path / "armed-0", tmp_path / "armed-1"]
    assert run_while(made, lambda: wait_for(lambda: all(file.exists() for file in armed))) == 3


def test_a_worker_stops_when_its_supervisor_is_gone(tmp_path: Path, listeners: list[socket.socket]) -> None:
    made = supervisor(listeners, STAYS, tmp_path)
    made._signal = lambda number: None  # type: ignore[method-assign]

    def steps() -> None:
        wait_for(lambda: sum(seat.is_ready for seat in made._seats) == 2)
        for seat in made._seats:
            assert seat.line is not None
            seat.line.close()
        made.stop(signal.SIGTERM)

    assert run_while(made, steps) == -signal.SIGTERM


def test_an_address_that_another_has_is_refused_in_words_even_if_that_one_shares_it() -> None:
    other = listen("127.0.0.1", 0, share=True)
    with pytest.raises(ConfigError, match="cannot listen on"):
        listen_for("127.0.0.1", other.getsockname()[1], 2)
    other.close()


@pytest.mark.parametrize("given", ["{", "[]", "{}", '{"number": 0}', "1"])
def test_a_link_that_no_supervisor_wrote_is_refused_in_words(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv(VARIABLE, given)
    with pytest.raises(ConfigError, match="take it out"):
        WorkerLink.from_environment()
