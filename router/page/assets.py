"""The files that pages load: styles and modules, from the installation, compressed once.

Invariant: only files that were there at the start are served, by their exact names; an address holds the file's hash,
so that a browser may keep it for ever.
"""

import gzip
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

ROOT = "/page/"
_FOLDER = Path(__file__).with_name("static")
_KINDS = {
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
}
_FOR_EVER = b"public, max-age=31536000, immutable"


class Asset(NamedTuple):
    """A file as it goes out."""

    kind: bytes
    body: bytes
    small: bytes
    hash: str


@cache
def assets() -> Mapping[str, Asset]:
    """Every file by its name."""
    files = (path for path in sorted(_FOLDER.rglob("*")) if path.suffix in _KINDS)
    return {path.relative_to(_FOLDER).as_posix(): _asset(path) for path in files}


@cache
def version() -> str:
    """One hash of all files: modules import each other by name, so they change their address together."""
    return sha256("".join(asset.hash for asset in assets().values()).encode()).hexdigest()[:12]


def address(name: str) -> str:
    """Where a file is to be had; raises KeyError for one that is not there."""
    assets()[name]
    return f"{ROOT}{version()}/{name}"


def answer(path: str, *, compressed: bool) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
    """Status, body and headers of a file at a path."""
    _, _, name = path.removeprefix(ROOT).partition("/")
    asset = assets().get(name)
    if asset is None:
        return 404, b"", [(b"content-type", b"text/plain")]
    headers = [
        (b"content-type", asset.kind),
        (b"cache-control", _FOR_EVER),
        (b"vary", b"accept-encoding"),
        (b"x-content-type-options", b"nosniff"),
        (b"cross-origin-resource-policy", b"same-origin"),
    ]
    if compressed:
        return 200, asset.small, [*headers, (b"content-encoding", b"gzip")]
    return 200, asset.body, headers


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    return Asset(_KINDS[path.suffix], body, gzip.compress(body, 9, mtime=0), sha256(body).hexdigest()[:12])
