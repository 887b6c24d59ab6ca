"""The settings of a provider's row that every adapter over HTTP knows.

Invariant: a wrong setting is refused with a ValueError that names the place and the nearest right key, and repeats no
value: a key may have been written in the wrong place.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints
from urllib.parse import urlsplit

from annotated_types import Ge, Gt, Le, MaxLen, MinLen
from pydantic import TypeAdapter, ValidationError

from providers.upstream.allowed import MOST_ALLOWED, misfit
from providers.upstream.http.connection import MOST_ANSWER

T = TypeVar("T")
Seconds = Annotated[float, Gt(0), Le(3600)]
Line = Annotated[str, MinLen(1), MaxLen(512)]
_SECRET_HEADERS = frozenset({"authorization", "api-key", "x-api-key", "proxy-authorization", "cookie"})
_OUR_HEADERS = frozenset(
    {"host", "content-length", "content-type", "transfer-encoding", "connection", "accept-encoding"}
)
_CLEAR_KEYS = ("key", "api_key", "apikey", "token", "secret", "password")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to a connection, to the first token, from one token to the next, and for an answer that comes at once.

    An answer that is not streamed has its first token with its last, so only `connect` and `whole` bind it. `whole` is
    shorter than the server's own deadline, so that another model may still be tried. A stream goes on for as long as
    its tokens come, each within `whole` too, unless `total` bounds it.
    """

    __pydantic_config__ = {"extra": "forbid"}

    connect: Seconds = 5.0
    first_token: Seconds = 60.0
    between_tokens: Seconds = 30.0
    whole: Seconds = 100.0
    total: Annotated[float, Gt(0), Le(24 * 3600)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How a backend is reached. `models` maps a model's id in the catalog to its name there, where that differs.

    `connections` is the most at once; one that has rested for `idle_s` seconds is not used again. `tls_ca` is a file
    of the authorities to trust in place of the system's. `proxy` is the address of a proxy to go through, or `none`, in
    place of what the environment says. `region` is where it answers, for guards on regions. An answer of more than
    `max_answer_bytes` on the wire, head and all, is cut off; a stream takes about 300 for a token. `allow` names more
    parameters of clients that go on to it; what they cost is not held for.
    """

    __pydantic_config__ = {"extra": "forbid"}

    base_url: Line
    key_env: Line | None = None
    key_file: Line | None = None
    models: Mapping[str, Line] | None = None
    headers: Mapping[str, Line] | None = None
    timeouts: Timeouts = Timeouts()
    connections: Annotated[int, Ge(1), Le(10_000)] = 256
    idle_s: Seconds = 30.0
    tls_ca: Line | None = None
    proxy: Line | None = None
    region: Line | None = None
    max_answer_bytes: Annotated[int, Ge(64 * 1024), Le(1024**3)] = MOST_ANSWER
    allow: Annotated[tuple[Line, ...], MaxLen(MOST_ALLOWED)] | None = None


def read_settings(shape: type[T], given: Mapping[str, Any]) -> T:
    """The settings in their shape; raises ValueError with every fault."""
    faults = [_clear_key(key) for key in given if str(key).lower() in _CLEAR_KEYS]
    if faults:
        raise ValueError("; ".join(faults))
    adapter: TypeAdapter[T] = TypeAdapter(shape)
    try:
        settings = adapter.validate_python(dict(given))
    except ValidationError as error:
        problems = [_sentence(shape, problem["loc"], problem) for problem in error.errors(include_url=False)]
        raise ValueError("; ".join(problems)) from None
    if isinstance(settings, Reach) and (faults := list(_misfits(settings))):
        raise ValueError("; ".join(faults))
    return settings


def _clear_key(name: str) -> str:
    return (
        f"{name}: a key is never written here in the clear; write `key_env: NAME` with the name of an environment "
        "variable, or `key_file: PATH`"
    )


def _sentence(shape: type[Any], place: tuple[int | str, ...], problem: Any) -> str:
    """One problem for a person: a key that is not known, or a value that does not fit."""
    path = [str(step) for step in place if step != "[key]"]
    where = ".".join(path)
    if problem["type"] in ("missing", "missing_argument"):
        return f"{where}: this must be given"
    known = _keys(shape, path[:-1])
    if problem["type"] != "unexpected_keyword_argument" or not known:
        return f"{where}: {problem['msg'][:1].lower()}{problem['msg'][1:]}"
    near = get_close_matches(path[-1], known, n=1, cutoff=0.5)
    return f"{where}: unknown key; " + (f"did you mean `{near[0]}`?" if near else f"known are {', '.join(known)}")


def _keys(shape: Any, path: list[str]) -> list[str]:
    for step in path:
        shape = get_type_hints(shape).get(step) if is_dataclass(shape) else None
    return [field.name for field in fields(shape)] if is_dataclass(shape) else []


def _misfits(settings: Reach) -> Iterator[str]:
    """What is wrong though each value is of its kind."""
    if settings.key_env and settings.key_file:
        yield "key_env and key_file: one of them is enough"
    if fault := _url_fault(settings.base_url):
        yield f"base_url: {fault}"
    if fault := misfit(settings.allow or ()):
        yield f"allow: {fault}"
    if settings.tls_ca and not Path(settings.tls_ca).expanduser().is_file():
        yield f"tls_ca: {settings.tls_ca} is not a file"
    for name, value in (settings.headers or {}).items():
        if name.lower() in _SECRET_HEADERS:
            yield f"headers.{name}: a key is never written here in the clear; write `key_env` or `key_file`"
        elif name.lower() in _OUR_HEADERS or not _sendable(name, value):
            yield f"headers.{name}: this header can't be set"


def _url_fault(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        sound = False
    if not sound or not url.isascii() or any(letter.isspace() for letter in url):
        return "this must be http:// or https://, a host, and perhaps a port and a path"
    if parts.username or parts.password:
        return "a key is never written here in the clear; write `key_env` or `key_file`"
    return "what follows a ? or a # does not belong here" if parts.query or parts.fragment else None


def _sendable(name: str, value: str) -> bool:
    """Whether a header can be sent: nothing in it ends its line."""
    return name.replace("-", "").replace("_", "").isalnum() and all(
        text.isascii() and text.isprintable() for text in (name, value)
    )
