"""One Valkey or Redis server: scripts are run on it, and a server that has lost its memory is told from the one before.

Invariant: names of what is kept hold the id of the server's run, so what survives a restart or a failover in part is
never read again; whatever fails raises Unreachable, whose words hold no password.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any, TypeVar

import valkey
from valkey.exceptions import NoScriptError

from router.errors import ConfigError, Unreachable
from router.ledger.leases.limits_address import shown_address

T = TypeVar("T")
CONNECT_S, ANSWER_S = 1.0, 0.5
AGAIN_S, OTHERS_AGAIN_S = 1.0, 5.0
"""After a failure `look` asks again after so long, and nobody else before it has succeeded, or for so long where nobody
looks: no request should wait for a server that is not there."""
MOST_BEGUN = 3

Asked = tuple[Sequence[str], Sequence[object]]
"""The keys and the arguments of a script."""


class ValkeyServer:
    """The server at a URL; `name` distinguishes the ledgers whose limits it keeps. Any thread may ask."""

    def __init__(self, url: str, name: str, scripts: Mapping[str, str]) -> None:
        self.shown = shown_address(url)
        try:
            self._client: Any = valkey.Valkey.from_url(
                url,
                socket_connect_timeout=CONNECT_S,
                socket_timeout=ANSWER_S,
                decode_responses=True,
                valkey_connect_func=self._connected,
            )
        except (ValueError, TypeError):
            # Its words may repeat a part of the URL.
            raise ConfigError([f"The settings after ? in the address of limits {self.shown} can't be read."]) from None
        self._name, self._scripts = name, scripts
        self._digests: dict[str, str] = {}
        self._turn = threading.Lock()
        self._run: str | None = None
        self._why, self._failed_at = "", -inf

    def look(self) -> str:
        """The id of the server's run, asked for anew: another where memory may be lost. Raises Unreachable."""
        return self._reached(self._run_id, AGAIN_S)

    def run_all(self, script: str, asked: Callable[[str], Sequence[Asked]]) -> list[Any]:
        """Run a script several times in one round trip; `asked` gets the prefix of keys. Raises Unreachable.

        Where the server was another than before, it is asked once more: it knows of nothing that the former was told.
        """

        def work() -> list[Any]:
            run = self._run or self._run_id()
            for _ in range(MOST_BEGUN):
                try:
                    # In braces is what a cluster places keys by: a script's keys lie together.
                    answers = self._run_on(self._digests[script], asked(f"fungible:{{{self._name}:{run}}}:"))
                except NoScriptError:
                    self._run, answers = None, []
                # A connection that was made meanwhile may lead to a server that has begun anew.
                before, run = run, self._run or self._run_id()
                if answers and run == before:
                    return answers
            raise RuntimeError("it forgets scripts, or begins anew again and again")

        return self._reached(work, OTHERS_AGAIN_S)

    def close(self) -> None:
        """Let go of the server."""
        self._client.close()

    def _connected(self, connection: Any) -> None:
        connection.on_connect()
        self._run = None

    def _run_id(self) -> str:
        run = str(self._client.info("server")["run_id"])
        with self._turn:
            if run != self._run:
                self._digests = {name: self._client.script_load(script) for name, script in self._scripts.items()}
                self._run = run
        return run

    def _run_on(self, digest: str, asked: Sequence[Asked]) -> list[Any]:
        if len(asked) == 1:
            ((keys, values),) = asked
            return [self._client.evalsha(digest, len(keys), *keys, *values)]
        with self._client.pipeline(transaction=False) as pipe:
            for keys, values in asked:
                pipe.evalsha(digest, len(keys), *keys, *values)
            return list(pipe.execute())

    def _reached(self, work: Callable[[], T], again_s: float) -> T:
        if time.monotonic() < self._failed_at + again_s:
            raise Unreachable(self._why)
        try:
            answer = work()
        except Exception as error:
            # Lost, or in a state that nobody knows.
            self._run = None
            # Those that others use just now they give up by themselves.
            self._client.connection_pool.disconnect(inuse_connections=False)
            self._why, self._failed_at = f"{self.shown}: {error or type(error).__name__}", time.monotonic()
            raise Unreachable(self._why) from error
        self._failed_at = -inf
        return answer
