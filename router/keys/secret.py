"""The secret of an API key or of an admin key: generating it, checking it for typos, hashing it.

    fgb_ 0123456789abcdefghijklmnopqrstuv 1Ab2Cd
         32 random characters              checksum      (fga_ for an admin key)

Invariant: what is kept of a secret is a keyed hash and its first eight characters, which leave 166 bits unknown. A
password is hashed slowly since it can be guessed; a random secret can't be, and each request hashes one.
"""

import secrets
from hashlib import blake2b
from zlib import crc32

PREFIX = "fgb_"
ADMIN_PREFIX = "fga_"
SHOWN = 8
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHANCE, _CHECK = 32, 6


def new_secret(prefix: str = PREFIX) -> str:
    """A secret that nobody else has: 190 bits of chance."""
    return _with_checksum(prefix + "".join(secrets.choice(_ALPHABET) for _ in range(_CHANCE)))


def is_whole(secret: str, prefix: str = PREFIX) -> bool:
    """Whether a text can be a secret at all: of one with a typo, or cut short, the checksum does not fit."""
    whole = len(secret) == len(prefix) + _CHANCE + _CHECK and secret.startswith(prefix)
    return whole and secret == _with_checksum(secret[:-_CHECK])


def digest_of(secret: str, salt: bytes) -> str:
    """What is kept of a secret; without the salt of its ledger it does not reveal the secret."""
    return blake2b(secret.encode(errors="replace"), key=salt, digest_size=32).hexdigest()


def _with_checksum(text: str) -> str:
    number, check = crc32(text.encode(errors="replace")), ""
    for _ in range(_CHECK):
        number, place = divmod(number, len(_ALPHABET))
        check = _ALPHABET[place] + check
    return text + check
