"""Signed notes (C2SP signed-note): a text, and under it signatures by named keys.

Invariant: a signature counts only where its key's name and id both match; a log's key and a witness's key are of
different kinds, so that neither can speak for the other.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from router.errors import ProofError

Kind = Literal[1, 4]
LOG: Kind = 1  # Ed25519 over the text
WITNESS: Kind = 4  # Ed25519 over a time and the text: a tlog-cosignature
_DASH = "\N{EM DASH} "
_SECRET = "PRIVATE+KEY+"  # noqa: S105 - how such a key begins


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A verifier key: `name+id+base64(kind || key)`, as C2SP writes it."""

    name: str
    kind: Kind
    raw: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that precede each signature."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.raw).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64encode(bytes([self.kind]) + self.raw).decode()}"

    def holds(self, signature: bytes, message: bytes) -> bool:
        """Whether that is this key's signature of the message."""
        # Loading it takes some 50 ms, which a server need not spend before its first answer.
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True, repr=False)
class SecretKey:
    """A signer: a name, a kind, and a seed of 32 bytes."""

    name: str
    kind: Kind
    seed: bytes

    @property
    def public(self) -> PublicKey:
        """What others verify with."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        raw = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return PublicKey(self.name, self.kind, raw)

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of an Ed25519 signature."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)

    def written(self) -> str:
        """The key as it is kept in a file, in the form of Go's note package."""
        return f"{_SECRET}{self.name}+{self.public.id.hex()}+{b64encode(bytes([self.kind]) + self.seed).decode()}"


@dataclass(frozen=True, slots=True)
class Signature:
    """One line under a note: whose it says it is, the key's id, and the bytes."""

    name: str
    id: bytes
    blob: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {b64encode(self.id + self.blob).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends with a newline, and its signatures."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(map(str, self.signatures))}"

    def by(self, key: PublicKey) -> Iterable[bytes]:
        """The signatures that say they are that key's."""
        return (signature.blob for signature in self.signatures if (signature.name, signature.id) == (key.name, key.id))

    def signed_by(self, key: PublicKey) -> bool:
        """Whether a log's key signed the text."""
        return key.kind == LOG and any(key.holds(blob, self.text.encode()) for blob in self.by(key))

    def with_signature(self, more: Signature) -> "Note":
        """The note with one more, which takes the place of an earlier one by the same key."""
        others = (signature for signature in self.signatures if (signature.name, signature.id) != (more.name, more.id))
        return Note(self.text, (*others, more))


def signed(text: str, key: SecretKey) -> Note:
    """A note with a log's signature."""
    return Note(text, (Signature(key.name, key.public.id, key.sign(text.encode())),))


def parse_note(written: str) -> Note:
    """A note from its lines; raises ProofError."""
    text, gap, lines = written.rpartition("\n\n")
    signatures = tuple(_signature(line) for line in lines.splitlines())
    if not gap or not signatures or not written.endswith("\n"):
        raise ProofError("That is no signed note: a text, an empty line, and at least one signature.")
    return Note(f"{text}\n", signatures)


def parse_public_key(written: str) -> PublicKey:
    """A verifier key from `name+id+key`; raises ProofError."""
    name, kind, raw = _parsed(written.strip())
    key = PublicKey(name, kind, raw)
    if str(key) != written.strip():
        raise ProofError(f"The key {written.strip()!r} and the id in it do not belong together.")
    return key


def parse_secret_key(written: str) -> SecretKey:
    """A signer from the line in its file; raises ProofError, which does not repeat it."""
    if not written.startswith(_SECRET):
        raise ProofError("That is no file of a secret key.")
    return SecretKey(*_parsed(written.strip().removeprefix(_SECRET), secret=True))


def _parsed(written: str, *, secret: bool = False) -> tuple[str, Kind, bytes]:
    try:
        name, _, coded = written.split("+", 2)
        data = b64decode(coded, validate=True)
    except ValueError:
        name, data = "", b""
    if not name or len(data) != 33 or data[0] not in (LOG, WITNESS):
        raise ProofError("That is no secret key." if secret else f"{written!r} is no key: it is not `name+id+key`.")
    return name, LOG if data[0] == LOG else WITNESS, data[1:]


def _signature(line: str) -> Signature:
    name, _, coded = line.removeprefix(_DASH).partition(" ")
    try:
        data = b64decode(coded, validate=True)
    except ValueError:
        data = b""
    if not line.startswith(_DASH) or not name or len(data) < 5:
        raise ProofError(f"That is no signature line: {line[:80]!r}.")
    return Signature(name, data[:4], data[4:])
