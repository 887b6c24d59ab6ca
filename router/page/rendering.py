"""Templates into pages, and the headers that keep a page to itself.

Invariant: every value is escaped unless our own drawing made it; nothing on a page runs, loads or is styled but what
this server ships.
"""

from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from router import __version__
from router.page import assets, number_words
from router.page.visit import Visit

if TYPE_CHECKING:
    from jinja2 import Environment

PLACES = ("overview", "try", "decisions", "policies", "ramps", "money", "models", "keys", "scenarios", "audit")
"""The pages that the navigation leads to, in its order."""
ADDRESSES = {"overview": "/", **{place: f"/{place}" for place in PLACES[1:]}}
_FOLDER = Path(__file__).with_name("templates")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@cache
def environment() -> "Environment":
    """The templates, read once, when the first page is shown."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    names = (
        "count",
        "dollars",
        "percent",
        "points",
        "milliseconds",
        "tokens",
        "millionths",
        "brief",
        "whole",
        "signed",
    )
    made.filters.update({name: getattr(number_words, name) for name in names})
    made.globals.update(places=PLACES, addresses=ADDRESSES, version=__version__, nothing=number_words.NOTHING)
    made.globals.update(asset=assets.address)
    return made


def render(visit: Visit, template: str, **values: Any) -> bytes:
    """A page, or a part of one."""
    at = partial(number_words.moment, zone=visit.zone)
    known = {"visit": visit, "t": visit.t, "at": at, **values}
    return environment().get_template(template).render(known).encode()


def page_headers(nonce: str) -> Iterator[tuple[bytes, bytes]]:
    """What goes out with every page."""
    yield b"content-security-policy", _POLICY.format(nonce=nonce).encode()
    yield b"x-content-type-options", b"nosniff"
    # Forms and scripts say whose page they come from; other sites learn nothing.
    yield b"referrer-policy", b"same-origin"
    yield b"cross-origin-opener-policy", b"same-origin"
    yield b"cross-origin-resource-policy", b"same-origin"
    yield b"permissions-policy", b"camera=(), microphone=(), geolocation=()"
    yield b"cache-control", b"no-store"
