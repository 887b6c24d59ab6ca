"""A real PostgreSQL server for the tests: the one that FUNGIBLE_TEST_POSTGRES names, else one that is started here.

A server that is started here lives in a folder of its own, listens on loopback alone, and is gone with the session.
"""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

PASSWORD = "not-to-be-shown"
VARIABLE = "FUNGIBLE_TEST_POSTGRES"
MISSING = (
    "needs a PostgreSQL server: install Debian's package `postgresql` (one is started from it then), or name a "
    f"database that may be written in {VARIABLE}=postgresql://user@host/database"
)
_PLACES = ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql*/bin", "/usr/local/opt/postgresql*/bin")
# What SQLite has for bytes, so that one list of statements tampers with both.
_WORDS = """
CREATE FUNCTION zeroblob(size INT) RETURNS BYTEA LANGUAGE SQL AS $$ SELECT decode(repeat('00', size), 'hex') $$;
CREATE FUNCTION replace(bytes BYTEA, old TEXT, new TEXT) RETURNS BYTEA LANGUAGE SQL AS
    $$ SELECT convert_to(replace(convert_from(bytes, 'UTF8'), old, new), 'UTF8') $$;
"""


class Server:
    """A server, with a connection that makes and drops schemas."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._loop = asyncio.new_event_loop()
        self._connection: Any = None
        self._numbers = count()

    def run(self, statements: str) -> None:
        """Run statements that have no values."""
        import asyncpg

        if self._connection is None:
            self._connection = self._loop.run_until_complete(asyncpg.connect(self.url))
        self._loop.run_until_complete(self._connection.execute(statements))

    @contextmanager
    def schema(self) -> Iterator[str]:
        """The URL of a schema of one's own."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        self.run(f"CREATE SCHEMA {name}; SET search_path TO {name}; {_WORDS}")
        yield f"{self.url}{'&' if '?' in self.url else '?'}search_path={name}"
        self.run(f"DROP SCHEMA {name} CASCADE")

    def restore(self, source: str, target: str) -> None:
        """Give one schema, by its URL, the tables of another with all that they hold, and nothing else."""
        first, other = (url.rpartition("=")[2] for url in (source, target))
        self.run(
            f"""DO $$ DECLARE t TEXT; c TEXT; BEGIN
            FOR t IN SELECT table_name FROM information_schema.tables WHERE table_schema = '{first}' LOOP
                EXECUTE format('CREATE TABLE IF NOT EXISTS {other}.%I (LIKE {first}.%I INCLUDING ALL)', t, t);
                EXECUTE format('DELETE FROM {other}.%I', t);
                EXECUTE format('INSERT INTO {other}.%I SELECT * FROM {first}.%I', t, t);
            END LOOP;
            FOR t, c IN SELECT table_name, column_name FROM information_schema.columns
                WHERE table_schema = '{other}' AND is_identity = 'YES' LOOP
                EXECUTE format(
                    'SELECT setval(pg_get_serial_sequence(%L, %L), 1 + (SELECT COALESCE(MAX(%I), 0) FROM {other}.%I))',
                    '{other}.' || t, c, c, t
                );
            END LOOP; END $$; SET client_min_messages TO warning"""
        )

    def close(self) -> None:
        """Leave."""
        if self._connection is not None:
            self._loop.run_until_complete(self._connection.close())
        self._loop.close()


def binaries() -> Path | None:
    """Where initdb and postgres are, the newest of them."""
    if initdb := shutil.which("initdb"):
        return Path(initdb).resolve().parent
    folders = [folder for place in _PLACES for folder in Path("/").glob(place[1:]) if (folder / "initdb").exists()]
    return max(folders, default=None)


@contextmanager
def running() -> Iterator[Server | None]:
    """A server, or None where there is none to be had."""
    if url := os.environ.get(VARIABLE):
        with closing(Server(url)) as server:
            yield server
    elif (there := binaries()) is None:
        yield None
    else:
        with (
            tempfile.TemporaryDirectory(prefix="fungible-postgres-") as folder,
            _started(there, Path(folder)) as url,
            closing(Server(url)) as server,
        ):
            yield server


@contextmanager
def _started(there: Path, folder: Path) -> Iterator[str]:
    data, words, port = folder / "data", folder / "password", _free_port()
    words.write_text(PASSWORD, encoding="ascii")
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    who = ("-U", "fungible", "-A", "password", f"--pwfile={words}")
    made = [*_as_its_user(), there / "initdb", "-D", data, *who, "--no-sync", "--no-locale", "-E", "UTF8"]
    done = subprocess.run(made, capture_output=True, text=True, check=False, cwd="/", stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    terms = ("-h", "127.0.0.1", "-p", str(port), "-k", folder, "-c", "fsync=off", "-c", "full_page_writes=off")
    command = [*_as_its_user(), there / "postgres", "-D", data, *terms]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log, cwd="/", stdin=subprocess.DEVNULL) as process,
    ):
        try:
            _wait_for(there, port, folder / "log")
            yield f"postgresql://fungible:{PASSWORD}@127.0.0.1:{port}/postgres"
        finally:
            process.send_signal(signal.SIGQUIT)


def _as_its_user() -> list[str]:
    """A server does not run as root, and Debian's package brings a user for it. It dies with us, however we die."""
    words = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=QUIT"]
    return words if os.geteuid() == 0 else []


def _wait_for(there: Path, port: int, log: Path) -> None:
    question = [there / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    for _ in range(1000):
        if subprocess.run(question, check=False).returncode == 0:
            return
        time.sleep(0.02)
    raise AssertionError(log.read_text(encoding="utf-8"))


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
