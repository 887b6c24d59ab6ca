"""The URL of a Valkey or Redis server, as a person may give it and as it may be shown.

Invariant: what is shown holds no password, and a URL that can't be read is not repeated, not even in part.
"""

import re
from urllib.parse import urlsplit

from router.errors import ConfigError

_SCHEMES = ("valkey", "valkeys", "redis", "rediss")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(:\d{1,5})?")
_PATH = re.compile(r"(/\d*)?")
_WRONG = (
    "The address of limits can't be read. Write valkey://user:password@host:port/0, or valkeys:// for TLS (redis:// "
    "and rediss:// are the same), with @ : / ? # and % in a password as %40 %3A %2F %3F %23 and %25."
)


def shown_address(url: str) -> str:
    """The URL without password and settings; raises ConfigError where it is none."""
    try:
        scheme, place, path, query, fragment = urlsplit(url)
    except ValueError:
        raise ConfigError([_WRONG]) from None
    person, _, host = place.rpartition("@")
    # A character of the password that is not escaped would make a host or a path of it.
    sound = scheme in _SCHEMES and _HOST.fullmatch(host) and _PATH.fullmatch(path) and not fragment
    if not sound or "@" in query:
        raise ConfigError([_WRONG])
    name = person.partition(":")[0]
    return f"{scheme}://{name}{'@' if name else ''}{host}{path}"
