"""How long a connection may rest between two requests."""

import asyncio

from api.raw import closed, connected, reply
from api.servers import Running, Starter
from api.test_failures import until
from router.serving.limits import DEFAULT_LIMITS, Limits

ASK = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"


def rest_s(running: Running) -> float:
    """For how long the one connection that is open may rest from now on."""

    async def look() -> float:
        (connection,) = running.connections
        rests_until = connection._since + connection.timeout_keep_alive
        return float(rests_until - asyncio.get_running_loop().time())

    return asyncio.run_coroutine_threadsafe(look(), running.loop).result(10)


def test_a_connection_rests_longer_than_load_balancers_keep_theirs(start: Starter) -> None:
    running = start()
    with connected(running) as connection:
        for _ in range(2):
            connection.sendall(ASK)
            reply(connection)
            assert 60 < rest_s(running) < DEFAULT_LIMITS.keep_alive_s + 0.001
    assert DEFAULT_LIMITS.keep_alive_s == 75


def test_one_timer_looks_after_all_rests_of_a_connection(start: Starter) -> None:
    running = start()

    async def look(earlier_s: float) -> tuple[bool, bool]:
        """Whether it is closed, and looked after, where it has rested for so long when the timer looks."""
        (protocol,) = running.connections
        protocol._since -= earlier_s
        protocol._looks.cancel()
        protocol._look()
        return protocol.transport.is_closing(), protocol._looks is not None

    def looked(earlier_s: float) -> tuple[bool, bool]:
        return asyncio.run_coroutine_threadsafe(look(earlier_s), running.loop).result(10)

    with connected(running) as connection:
        connection.sendall(ASK)
        reply(connection)
        assert looked(1) == (False, True)
        connection.sendall(ASK)
        reply(connection)
        assert looked(0) == (False, True)
        assert looked(DEFAULT_LIMITS.keep_alive_s) == (True, False)


def test_and_no_longer_than_the_operator_says(start: Starter) -> None:
    running = start(limits=Limits(keep_alive_s=0.1))
    with connected(running) as connection:
        connection.sendall(ASK)
        reply(connection)
        assert closed(connection)
    until(lambda: not running.connections)
