"""`fungible serve`: the server, with the words that a person needs at its start."""

import os
from pathlib import Path
from threading import Thread

from rich.console import Console

from router.api.assembly import reader_of
from router.api.http.admin_auth import is_loopback
from router.api.http.bind_safety import Auth, needs_keys, refuse_keyless
from router.api.live_config import try_with
from router.api.server import address, listen
from router.api.server import run as run_server
from router.cli.observability import Watching, describe_target, observing
from router.config import load
from router.config.load import POLICIES
from router.errors import ConfigError
from router.ledger.location import Place
from router.policy.lifecycle import refuse_failures
from router.serving.limits import Durability, Limits
from router.types import Config

SHORTEST_KEY = 16
_FIRST = """\
[bold]Fungible[/] serves {models} models under {policies} policies, revision {revision}
  address   [bold]{url}/v1[/]
  receipts  {place}
  keys      {keys}{telemetry}

A first request:
  curl {url}/v1/chat/completions -H 'content-type: application/json' \\{bearer}
    -d '{{"model": "auto", "messages": [{{"role": "user", "content": "Prove that primes never end."}}]}}'

Ctrl-C stops it, once what is in flight is done."""


def run(
    host: str,
    port: int,
    folder: Path | None,
    place: Place,
    limits: Limits,
    reader: Path | None,
    vocabulary: Thread,
    admin_key: str | None,
    durability: Durability,
    auth: Auth | None,
    watching: Watching,
    *,
    insecure: bool,
) -> None:
    """Serve until told to stop."""
    config, words = load(folder), reader_of(reader)
    refuse_failures(try_with(config, words), POLICIES)
    seen = observing(watching)
    listener = listen(host, port)
    reached = listener.getsockname()[0]
    try:
        keys = needs_keys(reached, auth, insecure=insecure)
        count = refuse_keyless(reached, place, config) if keys else None
    except BaseException:
        listener.close()
        raise

    def ready() -> None:
        who, traces = _told(count, is_loopback(reached)), seen is not None and seen.traces
        _greet(config, address(listener), place, who, keys=keys, traces=traces)

    run_server(
        config,
        place,
        listener,
        limits,
        words,
        vocabulary,
        ready,
        folder,
        admin_key,
        durability,
        keys=keys,
        request_observer=seen,
    )


def _greet(config: Config, url: str, place: Place, who: str, *, keys: bool, traces: bool) -> None:
    """The first words."""
    first = _FIRST.format(
        models=len(config.models),
        policies=len(config.policies),
        revision=config.revision,
        url=url,
        place=place,
        keys=who,
        telemetry=f"\n  telemetry {describe_target()}" if traces else "",
        bearer="\n    -H 'authorization: Bearer YOUR-KEY' \\" if keys else "",
    )
    Console(highlight=False, soft_wrap=True).print(first)


def _told(count: int | None, loopback: bool) -> str:
    """Who may ask, for the first lines."""
    if count is None:
        return "none are asked for: " + (
            "only this machine can ask" if loopback else "[bold red]anybody who reaches it may ask[/], by your word"
        )
    if not count:
        return "asked for, and there is none yet: `fungible key create NAME` makes one"
    return f"asked for; {count} {'is' if count == 1 else 'are'} good now"


def admin_key(file: Path | None) -> str | None:
    """The key of the admin routes, from a file or the environment; raises ConfigError for one that is too short."""
    try:
        key = file.read_text(encoding="utf-8").strip() if file else os.environ.get("FUNGIBLE_ADMIN_KEY")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{file}: the admin key cannot be read: {error}"]) from None
    if key is not None and len(key) < SHORTEST_KEY:
        raise ConfigError([f"The admin key has {len(key)} characters; {SHORTEST_KEY} are the fewest that are safe."])
    return key
