"""The page on serving tells the limits of a connection and of a client as they are."""

from architecture.source import ROOT

from router.api.http.connection.clients import CONNECTIONS
from router.api.http.connection.framing import MOST_EXTENSIONS, MOST_TRAILERS
from router.api.http.layers.client_limits import BODIES
from router.api.http.layers.stopping import LAME_DUCK_S
from router.api.uvicorn_server import CUT_S
from router.cli import options
from router.serving.limits import DEFAULT_LIMITS

SERVING = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")


def test_the_limits_of_a_connection() -> None:
    assert f"| chunk extensions; trailers | {MOST_EXTENSIONS // 1024} KiB; {MOST_TRAILERS // 1024} KiB " in SERVING
    assert f"| {DEFAULT_LIMITS.keep_alive_s:g} s (`--keep-alive`) |" in SERVING


def test_the_limits_of_a_client_are_told_here_and_in_the_help() -> None:
    receiving = BODIES * DEFAULT_LIMITS.body_bytes // 1024**2
    assert f"| of one client: connections | {CONNECTIONS} (`--client-connections`) |" in SERVING
    assert f"| of one client: bytes of unfinished bodies | {receiving} MiB (`--client-receiving`) |" in SERVING
    assert f"{CONNECTIONS}," in str(options.ClientConnections.__metadata__[0].show_default)
    assert f"{receiving}," in str(options.ClientReceiving.__metadata__[0].show_default)


def test_the_steps_of_a_stop() -> None:
    assert f"| `--lame-duck`: {LAME_DUCK_S:g} s where" in SERVING
    assert f"| `--drain`: {DEFAULT_LIMITS.drain_s:g} s |" in SERVING
    # What is cut off twice has half the time each, then uvicorn has its own.
    assert f"| cut | at most {2 * CUT_S:g} s |" in SERVING
    assert f"{LAME_DUCK_S:g} where" in str(options.LameDuckSeconds.__metadata__[0].show_default)
