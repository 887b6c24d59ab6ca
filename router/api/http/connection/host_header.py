"""Whether a request says, once and clearly, which host it is for.

Invariant: who stands before this server and who stands here can't read two different hosts.
"""

import re
from collections.abc import Sequence
from operator import itemgetter

# A name, an IPv4 address, or an IPv6 address in brackets, and perhaps a port.
_HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]+(?:%[0-9A-Za-z._~%-]+)?\]|[0-9A-Za-z._~%-]+)(?::[0-9]{0,5})?")


def host_fault(headers: Sequence[tuple[bytes, bytes]], *, required: bool) -> str | None:
    """What is wrong with the `Host` of a head, in a sentence; HTTP/1.0 does not require one."""
    names = [*map(itemgetter(0), headers)]
    hosts = names.count(b"host")
    if not hosts:
        return "A request says by `Host` which host it is for; this one says nothing." if required else None
    if hosts > 1:
        return "A request has one `Host`; this one has several."
    if not _HOST.fullmatch(headers[names.index(b"host")][1].strip(b" \t")):
        return "The `Host` of this request is no host."
    return None
