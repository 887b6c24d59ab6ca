"""`fungible serve`: the server, with the words that a person needs at its start."""

from pathlib import Path
from threading import Thread

from rich.console import Console

from router.api.assembly import reader_of
from router.api.server import address, listen
from router.api.server import run as run_server
from router.cli.folder import data_folder
from router.config import load
from router.service import Limits

_FIRST = """\
[bold]Fungible[/] serves {models} models under {policies} policies, revision {revision}
  address   [bold]{url}/v1[/]
  receipts  {data}

A first request:
  curl {url}/v1/chat/completions -H 'content-type: application/json' \\
    -d '{{"model": "auto", "messages": [{{"role": "user", "content": "Prove that primes never end."}}]}}'

Ctrl-C stops it, once what is in flight is done."""


def run(
    host: str,
    port: int,
    folder: Path | None,
    data: Path | None,
    max_in_flight: int,
    deadline: float,
    drain: float,
    reader: Path | None,
    vocabulary: Thread,
) -> None:
    """Serve until told to stop."""
    config = load(folder)
    place = data_folder(data)
    listener = listen(host, port)
    limits = Limits(in_flight=max_in_flight, deadline_s=deadline, drain_s=drain)

    def ready() -> None:
        words = _FIRST.format(
            models=len(config.models),
            policies=len(config.policies),
            revision=config.revision,
            url=address(listener),
            data=place,
        )
        Console(highlight=False, soft_wrap=True).print(words)

    run_server(config, place, listener, limits, reader_of(reader), vocabulary, ready)
