"""`fungible open`: the page of a server in a browser, signed in with the key of this machine."""

import webbrowser

import orjson
from rich.console import Console

from router.errors import ConfigError
from router.keys.admin_key_file import key_file, read_keys
from router.ledger.location import Place
from router.page.sign_in import LINK

PATIENCE_S = 5.0


def run(url: str, place: Place, *, show_only: bool) -> None:
    """Open it, or print its address."""
    address = signed_in(url.rstrip("/"), place)
    console = Console(highlight=False, soft_wrap=True)
    if show_only or not webbrowser.open(address):
        console.print(address, markup=False)
        console.print("[dim]It signs in whoever opens it, once, within two minutes.[/]")
    else:
        console.print(f"{url} is open in your browser.", markup=False)


def signed_in(url: str, place: Place) -> str:
    """An address that signs in once; the page itself where this machine has no key. Raises ConfigError."""
    secrets = read_keys(place.folder)
    for secret in secrets:
        status, body = _post(f"{url}{LINK}", secret)
        if status == 200:
            return f"{url}{orjson.loads(body)['path']}"
        if status not in (401, 403):
            raise ConfigError([f"{url} answers, but not as a server with a page does (status {status})."])
    reason = "is not good at" if secrets else "holds no key for"
    raise ConfigError(
        [f"{key_file(place.folder)} {reason} {url}. Name its data folder with --data, or sign in at {url} by hand."]
    )


def _post(url: str, secret: str) -> tuple[int, bytes]:
    from urllib.error import HTTPError, URLError
    from urllib.request import Request, urlopen

    if not url.startswith(("http://", "https://")):
        raise ConfigError([f"--url {url!r}: give an address such as http://127.0.0.1:8000."])
    request = Request(url, b"", {"authorization": f"Bearer {secret}"}, method="POST")  # noqa: S310 - http, as checked
    try:
        with urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
            return int(answer.status), answer.read()
    except HTTPError as error:
        return error.code, error.read()
    except (URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise ConfigError(
            [f"Nothing answers at {url.removesuffix(LINK)} ({reason}): start `fungible serve`, or give --url."]
        ) from None
