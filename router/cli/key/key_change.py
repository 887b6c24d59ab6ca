"""Keys made, changed, rotated and revoked on the command line.

Invariant: of a new key the secret alone goes to standard output, so that a script can take it; all else is said beside.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from router.api.routes.keys import key_row, stretch
from router.cli.key.grant_sentences import granted
from router.cli.key.open_keyring import owned_keyring
from router.cli.output import print_json
from router.config.key_grants import WORDS
from router.errors import BadRequest
from router.keys.key import Key
from router.keys.keyring import Issued
from router.ledger.location import Place
from router.suggest import nearest


def create(
    name: str,
    grant: Mapping[str, Any],
    because: str,
    by: Path | None,
    folder: Path | None,
    place: Place,
    *,
    as_json: bool,
) -> None:
    """Make a key; raises BadRequest, or Conflict where its name was given before."""
    with owned_keyring(folder, place, by, because) as (keys, author):
        _tell_issued(keys.issue(name, grant, author), as_json=as_json)


def change(
    name: str,
    grant: Mapping[str, Any],
    clear: Sequence[str],
    because: str,
    by: Path | None,
    folder: Path | None,
    place: Place,
    *,
    as_json: bool,
) -> None:
    """Change what is said, and take away what is cleared; raises BadRequest, NotFound or Conflict."""
    cleared = [_word(word) for word in clear]
    said = {word: value for word, value in grant.items() if value is not None} | dict.fromkeys(cleared)
    if not said:
        raise BadRequest("Say what to change: `fungible key set --help` lists what there is.")
    with owned_keyring(folder, place, by, because) as (keys, author):
        _tell(keys.change(name, said, author), as_json=as_json)


def rotate(
    name: str, overlap: str, because: str, by: Path | None, folder: Path | None, place: Place, *, as_json: bool
) -> None:
    """Give a key a new secret; raises BadRequest, NotFound or Conflict."""
    with owned_keyring(folder, place, by, because) as (keys, author):
        _tell_issued(keys.rotate(name, stretch(overlap), author), as_json=as_json)


def revoke(name: str, because: str, by: Path | None, folder: Path | None, place: Place, *, as_json: bool) -> None:
    """End a key; raises NotFound, or Conflict where that was done before."""
    with owned_keyring(folder, place, by, because) as (keys, author):
        _tell(keys.revoke(name, author), as_json=as_json)


def _word(said: str) -> str:
    word = {"budget": "budgets", "tag": "tags"}.get(said, said.replace("-", "_"))
    if word not in WORDS:
        raise BadRequest(f"--clear {said}: a key grants no such thing.{nearest(word, WORDS)}")
    return word


def _tell_issued(issued: Issued, *, as_json: bool) -> None:
    if as_json:
        print_json({**key_row(issued.key), "secret": issued.secret})
        return
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(f"[bold]{escape(issued.key.name)}[/]  {escape(granted(issued.key.grant))}")
    for old in issued.key.secrets[:-1]:
        if old.until:
            console.print(f"The secret {old.shown}... is good until {old.until:%Y-%m-%d %H:%M %Z}.")
    console.print("The secret of the key, which nobody can be shown again:")
    print(issued.secret)  # noqa: T201


def _tell(key: Key, *, as_json: bool) -> None:
    if as_json:
        print_json(key_row(key))
        return
    what = "is revoked, for good" if key.revoked else escape(granted(key.grant))
    Console(highlight=False, soft_wrap=True).print(f"[bold]{escape(key.name)}[/]  {what}")
