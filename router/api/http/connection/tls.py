"""The certificate of a server, read anew while it runs.

Invariant: what is read is whole and fits together, or nothing changes; no error and no log repeats a word of the key.
"""

import logging
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from router.errors import ConfigError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

log = logging.getLogger("fungible")
Stamp = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """Where the certificate is, with those between it and its authority, and its key, which may be in the same file."""

    certificate: Path
    key: Path


class ServerCertificate:
    """What a server shows to its clients; raises ConfigError where its files are not sound."""

    def __init__(self, files: CertificateFiles) -> None:
        self._files = files
        self._seen = self._held = self._stamp()
        self._current = _context(files)
        self.context = _context(files)
        # OpenSSL asks this of every handshake, so that what was read last counts from the next one on.
        self.context.sni_callback = self._choose

    def _choose(self, handshake: ssl.SSLObject, _: str | None, __: ssl.SSLContext) -> None:
        handshake.context = self._current

    def reload(self) -> bool:
        """Read the files anew; where they are not sound, the log says so and the old certificate stays."""
        self._held = self._stamp()
        try:
            self._current = _context(self._files)
        except ConfigError as error:
            log.error("the TLS certificate that was there stays in use: %s", error)
            return False
        log.warning("the TLS certificate was read anew from %s", self._files.certificate)
        return True

    def reload_if_changed(self) -> None:
        """Read the files anew once they are others, and have held still for a look."""
        before, self._seen = self._seen, self._stamp()
        if self._seen != self._held and self._seen == before:
            self.reload()

    def _stamp(self) -> Stamp:
        try:
            looks = [path.stat() for path in (self._files.certificate, self._files.key)]
        except OSError:
            return ()
        return tuple((look.st_mtime_ns, look.st_size, look.st_ino) for look in looks)


def _context(files: CertificateFiles) -> ssl.SSLContext:
    leaf = _leaf(files.certificate)
    _refuse_other_key(leaf, files)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(files.certificate, files.key, password=b"")
    except (ssl.SSLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise ConfigError([f"{files.certificate}: this certificate and its key can't be used: {reason}"]) from None
    if leaf.not_valid_after_utc < datetime.now(UTC):
        log.warning("the TLS certificate %s ended on %s", files.certificate, leaf.not_valid_after_utc.date())
    return context


def _leaf(path: Path) -> "Certificate":
    """The certificate itself, which stands first in its file."""
    # Servers without one need none of this.
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(_read(path, "--tls-cert"))[0]
    except ValueError:
        raise ConfigError([f"{path}: --tls-cert is to be a certificate in PEM (-----BEGIN CERTIFICATE-----)"]) from None


def _refuse_other_key(leaf: "Certificate", files: CertificateFiles) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    data = _read(files.key, "--tls-key")
    try:
        key = load_pem_private_key(data, None)
    except TypeError:
        sentence = "the key is encrypted, and nobody is asked for its passphrase: give it plain, readable to you alone"
        raise ConfigError([f"{files.key}: {sentence}"]) from None
    except ValueError:
        what = "--tls-key is to be a private key in PEM (-----BEGIN PRIVATE KEY-----)"
        raise ConfigError([f"{files.key}: {what}"]) from None
    forms = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if key.public_key().public_bytes(*forms) != leaf.public_key().public_bytes(*forms):
        raise ConfigError([f"{files.key}: this key is not that of the certificate in {files.certificate}"])


def _read(path: Path, option: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError([f"{path}: {option} cannot be read: {error.strerror}"]) from None
