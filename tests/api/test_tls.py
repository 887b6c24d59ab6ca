"""TLS on the listener: what is shown, what is read anew, and what is refused before anybody listens."""

import signal
import socket
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli.running import fungible
from cli.test_serve import serving
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from router.api.http.connection.tls import CertificateFiles, ServerCertificate
from router.errors import ConfigError

PLAIN = serialization.NoEncryption()


def made(folder: Path, name: str, *, encrypted: bool = False) -> tuple[Path, Path]:
    """A certificate of its own for `localhost`, whose subject is `name`, and its key."""
    key, subject = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]),
    )
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, SHA256())
    )
    form = serialization.BestAvailableEncryption(b"secret") if encrypted else PLAIN
    kind = serialization.PrivateFormat.PKCS8
    (folder / f"{name}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, kind, form))
    return folder / f"{name}.crt", folder / f"{name}.key"


def shown(url: str, authority: Path) -> str:
    """The name of the certificate that a server shows, once trusted by what stands in `authority`."""
    host, port = url.removeprefix("https://").removesuffix("/v1").split(":")
    context = ssl.create_default_context(cafile=authority)
    with (
        socket.create_connection((host, int(port)), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert connection.recv(15) == b"HTTP/1.1 200 OK"
        der = connection.getpeercert(binary_form=True)
    assert der is not None
    return str(x509.load_der_x509_certificate(der).subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_certificate_is_shown_and_another_taken_up_without_a_restart(tmp_path: Path) -> None:
    one, key = made(tmp_path, "one")
    two, other = made(tmp_path, "two")
    log = tmp_path / "log"
    words = ("--tls-cert", str(one), "--tls-key", str(key))
    with log.open("w") as errors, serving(tmp_path, *words, stderr=errors) as (process, url):
        assert url.startswith("https://127.0.0.1:")
        trusted = tmp_path / "trusted.pem"
        trusted.write_bytes(one.read_bytes() + two.read_bytes())
        assert shown(url, trusted) == "one"
        # A key that does not fit changes nothing, and the log says so.
        key.write_bytes(other.read_bytes())
        process.send_signal(signal.SIGHUP)
        until(lambda: "stays in use" in log.read_text())
        assert shown(url, trusted) == "one"
        one.write_bytes(two.read_bytes())
        until(lambda: shown(url, trusted) == "two")
        assert "PRIVATE" not in log.read_text()


def test_whoever_speaks_no_tls_is_closed_on(tmp_path: Path) -> None:
    certificate, key = made(tmp_path, "one")
    with serving(tmp_path, "--tls-cert", str(certificate), "--tls-key", str(key)) as (process, url):
        host, port = url.removeprefix("https://").removesuffix("/v1").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as plain:
            plain.sendall(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
            seen = b""
            while piece := plain.recv(4096):
                seen += piece
        assert b"HTTP" not in seen
        assert process.poll() is None


def test_both_may_stand_in_one_file(tmp_path: Path) -> None:
    certificate, key = made(tmp_path, "one")
    both = tmp_path / "both.pem"
    both.write_bytes(certificate.read_bytes() + key.read_bytes())
    assert ServerCertificate(CertificateFiles(both, both)).reload()


def test_a_file_that_is_being_written_is_left_alone_until_it_holds_still(tmp_path: Path) -> None:
    certificate, key = made(tmp_path, "one")
    held = ServerCertificate(CertificateFiles(certificate, key))
    two, other = made(tmp_path, "two")
    key.write_bytes(other.read_bytes())
    held.reload_if_changed()
    certificate.write_bytes(two.read_bytes())
    before = held._current
    held.reload_if_changed()
    assert held._current is before
    held.reload_if_changed()
    assert held._current is not before


def test_what_is_not_sound_is_told_before_anybody_listens(tmp_path: Path) -> None:
    certificate, key = made(tmp_path, "one")
    _, other = made(tmp_path, "two")
    _, locked = made(tmp_path, "three", encrypted=True)
    words = tmp_path / "words"
    words.write_text("no certificate")
    for given, sentence in (
        (("--tls-cert", tmp_path / "nowhere"), "nowhere: --tls-cert cannot be read: No such file"),
        (("--tls-cert", words), "words: --tls-cert is to be a certificate in PEM"),
        (("--tls-cert", certificate), "one.crt: --tls-key is to be a private key in PEM"),
        (("--tls-cert", certificate, "--tls-key", other), "two.key: this key is not that of the certificate"),
        (("--tls-cert", certificate, "--tls-key", locked), "three.key: the key is encrypted"),
        (("--tls-cert", certificate, "--tls-key", tmp_path), "--tls-key cannot be read"),
        (("--tls-key", key), "--tls-key is of no use without --tls-cert"),
    ):
        told = fungible(tmp_path, "serve", "--port", "0", *map(str, given))
        assert told.returncode == 2
        assert sentence in told.stderr


def test_an_error_is_one_of_ours(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        ServerCertificate(CertificateFiles(tmp_path / "a", tmp_path / "b"))
