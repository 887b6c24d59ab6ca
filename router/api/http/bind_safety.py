"""Who can reach an address, and whether whoever asks there needs a key.

Invariant: away from loopback a server asks for keys, unless that is given up in so many words; and it does not start
where nobody could be let in.
"""

from contextlib import closing
from typing import Literal

from router.api.http.allowed_hosts import is_loopback
from router.errors import ConfigError
from router.keys.keyring import Keyring
from router.keys.store import KeyStore
from router.ledger.location import Place
from router.types import Config

Auth = Literal["off", "keys"]


def needs_keys(host: str, auth: Auth | None, *, insecure: bool) -> bool:
    """Whether whoever asks at this address needs a key; raises ConfigError for words that would open it by accident."""
    if insecure and auth == "keys":
        raise ConfigError(["--auth keys and --insecure-no-keys contradict one another: give one of them."])
    if is_loopback(host):
        return auth == "keys"
    if auth == "off" and not insecure:
        sentence = (
            f"{host} can be reached from other machines, and without keys whoever finds it asks at your cost. "
            "Leave --auth off away; or, where a proxy in front of it checks who asks, say --insecure-no-keys."
        )
        raise ConfigError([sentence])
    return not insecure


def refuse_keyless(host: str, place: Place, config: Config) -> int:
    """How many keys are good; raises ConfigError where there is none, and others can reach the address."""
    count = 0
    if place.has_ledger():
        with closing(place.ledger()) as ledger:
            count = len(Keyring(KeyStore(ledger.log), ledger.salt, lambda: config).valid)
    if not count and not is_loopback(host):
        sentence = (
            f"{host} can be reached from other machines, and there is no key yet, so nobody could be let in. "
            "Make one with `fungible key create NAME` and start again; or listen on 127.0.0.1, which needs none; or, "
            "where a proxy in front of it checks who asks, say --insecure-no-keys."
        )
        raise ConfigError([sentence])
    return count
