"""The URL of a PostgreSQL database, as a person may give it and as it may be shown.

Invariant: what is shown holds no password, and a URL that can't be read is not repeated, not even in part.
"""

import re
from urllib.parse import urlsplit

from router.errors import ConfigError

_SCHEMES = ("postgresql", "postgres")
_HOST = r"(\[[0-9A-Fa-f:.]+\]|[\w.%-]*)(:\d{1,5})?"
_HOSTS = re.compile(f"{_HOST}(,{_HOST})*")
_WRONG = (
    "The ledger's address can't be read. Write postgresql://user@host:port/database, with @ : / ? # and % in a name or "
    "a password as %40 %3A %2F %3F %23 and %25; or leave the password to PGPASSWORD or ~/.pgpass."
)


def shown(url: str) -> str:
    """The URL without password and settings; raises ConfigError where it is none."""
    try:
        scheme, place, path, query, fragment = urlsplit(url)
    except ValueError:
        raise ConfigError([_WRONG]) from None
    person, at, hosts = place.rpartition("@")
    # A character of the password that is not escaped would make a host or a path of it.
    if scheme not in _SCHEMES or not _HOSTS.fullmatch(hosts) or "@" in path + query or fragment:
        raise ConfigError([_WRONG])
    return f"{scheme}://{person.partition(':')[0]}{at}{hosts}{path}"
