"""Where a backend is asked and how: addresses, paths, names, TLS, regions, and settings that are wrong."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asking import backend, failure, heard
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from stub_samples import call, chunks, text

from providers.anthropic import create as create_anthropic
from providers.openai import create
from router.bench.http.fake_backend import Upstream, answer, completion
from router.errors import ProviderError
from router.types import Call

URL = "http://127.0.0.1:1/v1"
GOOD = [answer(completion())]


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({}, "/v1/chat/completions"),
        ({"api_version": "preview"}, "/v1/chat/completions?api-version=preview"),
        ({"models": {"mai-1": "up/one two"}}, "/v1/chat/completions"),
        (
            {"style": "azure-deployments", "api_version": "2024-10-21", "models": {"mai-1": "my deployment/1"}},
            "/v1/openai/deployments/my%20deployment%2F1/chat/completions?api-version=2024-10-21",
        ),
    ],
)
def test_a_request_goes_to_its_path_under_the_upstream_s_name(settings: Any, path: str) -> None:
    with backend(GOOD, **settings) as (provider, upstream):
        heard(provider)
        (asked,) = upstream.asked
    assert asked.path == path
    assert asked.data["model"] == settings.get("models", {}).get("mai-1", "mai-1")
    assert asked.headers["host"].startswith("127.0.0.1:")
    assert asked.headers["content-type"] == "application/json"


def test_a_slash_at_the_end_of_the_address_is_one_slash() -> None:
    with Upstream(lambda _: GOOD) as upstream:
        heard(create({"base_url": upstream.url + "/"}))
        assert upstream.asked[0].path == "/v1/chat/completions"


def test_headers_of_one_s_own_are_sent() -> None:
    with backend(GOOD, headers={"X-Title": "Fungible"}) as (provider, upstream):
        heard(provider)
        assert upstream.asked[0].headers["x-title"] == "Fungible"


def test_anthropic_is_where_it_is_unless_told_otherwise() -> None:
    assert create_anthropic({})
    with Upstream(lambda _: [answer({}, 500)]) as upstream:
        with pytest.raises(ProviderError):
            chunks(create_anthropic({"base_url": upstream.url, "version": "2099-01-01"}), call())
        assert upstream.asked[0].path == "/v1/messages"
        assert upstream.asked[0].headers["anthropic-version"] == "2099-01-01"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"base_url": None}, "base_url: "),
        ({"base_url": "ftp://example.org"}, "base_url: this must be http:// or https://"),
        ({"base_url": "example.org/v1"}, "base_url: this must be"),
        ({"base_url": "http://"}, "base_url: this must be"),
        ({"base_url": "http://a:99999/v1"}, "base_url: this must be"),
        ({"base_url": "http://a b/v1"}, "base_url: this must be"),
        ({"base_url": "http://exämple.org/v1"}, "base_url: this must be"),
        ({"base_url": "http://a/v1?x=1"}, "base_url: what follows"),
        ({"base_url": "http://a/v1#x"}, "base_url: what follows"),
        ({"baseurl": URL}, "baseurl: unknown key; did you mean `base_url`?"),
        ({"zzz": 1}, "zzz: unknown key; known are base_url, key_env"),
        ({"timeouts": {"conect": 1}}, "timeouts.conect: unknown key; did you mean `connect`?"),
        ({"timeouts": {"connect": 0}}, "timeouts.connect: input should be greater than 0"),
        ({"connections": 0}, "connections: input should be greater than or equal to 1"),
        ({"auth": "basic"}, "auth: input should be 'bearer' or 'api-key'"),
        ({"style": "azure-deployments"}, "api_version: the style azure-deployments needs one"),
        ({"headers": {"Host": "x"}}, "headers.Host: this header can't be set"),
        ({"headers": {"X-A": "a\r\nb: c"}}, "headers.X-A: this header can't be set"),
        ({"headers": {"X A": "a"}}, "headers.X A: this header can't be set"),
        ({"tls_ca": "/nowhere/ca.pem"}, "tls_ca: /nowhere/ca.pem is not a file"),
        ({"base_url": "https://a/v1", "tls_ca": __file__}, "holds no certificates"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_place(settings: Any, words: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        create({"base_url": URL} | settings)
    assert words in str(caught.value)


def test_every_fault_is_told() -> None:
    with pytest.raises(ValueError, match=r"connections: .*; auth: ") as caught:
        create({"base_url": URL, "connections": "many", "auth": 5})
    assert "base_url" not in str(caught.value)


def test_an_address_must_be_given() -> None:
    with pytest.raises(ValueError, match="base_url: this must be given"):
        create({})


@pytest.mark.parametrize(
    ("region", "away_from", "words"),
    [
        (None, (), None),
        ("us", (), None),
        ("us", ("eu",), None),
        ("eu", ("eu",), "it answers in eu"),
        (None, ("eu",), "it does not say where it answers"),
    ],
)
def test_a_guard_on_regions_fails_closed(region: str | None, away_from: tuple[str, ...], words: str | None) -> None:
    asked = call()
    guarded = Call(asked.request, asked.model, asked.features, away_from)
    with backend(GOOD, **({"region": region} if region else {})) as (provider, upstream):
        if words is None:
            assert text(chunks(provider, guarded)) == "All is well."
        else:
            with pytest.raises(ProviderError, match=words):
                chunks(provider, guarded)
            assert not upstream.asked


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that vouches for itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return file


def test_tls_is_trusted_by_its_authority_and_its_name(certificate: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    with Upstream(lambda _: GOOD, context) as upstream:
        trusting = {"tls_ca": str(certificate)}
        by_name = f"https://localhost:{upstream.port}/v1"
        assert text(heard(create({"base_url": by_name, **trusting}), times=2)) == "All is well."
        assert upstream.accepted == 1
        for url, settings in ((by_name, {}), (f"https://127.0.0.1:{upstream.port}/v1", trusting)):
            error = failure(create({"base_url": url, **settings}))
            assert error.outcome == "unavailable"
            assert error.message == "no connection: TLS failed (CERTIFICATE_VERIFY_FAILED)"
