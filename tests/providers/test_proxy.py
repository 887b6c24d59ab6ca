"""A backend behind a proxy: by its row, by the environment, and what is never asked through one."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from asking import KEY, failure, heard
from stub_samples import text
from test_reaching import certificate  # noqa: F401 - a fixture

from providers.openai import create
from providers.upstream.http.proxy import Proxy, proxy_of
from router.bench.http.fake_backend import Upstream, answer, completion

GOOD = [answer(completion())]


class ProxyServer:
    """A proxy on a real socket, which leads every name to one backend and notes what it was asked."""

    def __init__(self, refusal: bytes = b"") -> None:
        self.heads: list[str] = []
        self._refusal = refusal
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.target = 0
        self._threads: list[threading.Thread] = []
        self._main = threading.Thread(target=self._accept)
        self._main.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            worker = threading.Thread(target=self._serve, args=(client,))
            worker.start()
            self._threads.append(worker)

    def _serve(self, client: socket.socket) -> None:
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                if not (piece := client.recv(65_536)):
                    return
                head += piece
            self.heads.append(head.partition(b"\r\n\r\n")[0].decode())
            if self._refusal:
                client.sendall(self._refusal)
                return
            with socket.create_connection(("127.0.0.1", self.target)) as backend:
                if head.startswith(b"CONNECT "):
                    client.sendall(b"HTTP/1.1 200 Connection established\r\nvia: proxy\r\n\r\n")
                else:
                    backend.sendall(head)
                back = threading.Thread(target=_pump, args=(backend, client))
                back.start()
                _pump(client, backend)
                back.join()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._main.join()
        for worker in self._threads:
            worker.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while piece := source.recv(65_536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@contextmanager
def proxied(tls: ssl.SSLContext | None = None, refusal: bytes = b"") -> Iterator[tuple[ProxyServer, Upstream]]:
    with Upstream(lambda _: GOOD, tls) as upstream:
        proxy = ProxyServer(refusal)
        proxy.target = int(upstream.url.split(":")[2].split("/")[0])
        try:
            yield proxy, upstream
        finally:
            proxy.close()


def test_a_plain_backend_is_asked_by_its_whole_address() -> None:
    with proxied() as (proxy, upstream):
        said = heard(create({"base_url": "http://backend.example/v1", "proxy": proxy.url}))
        assert text(said)
        assert proxy.heads[0].startswith("POST http://backend.example/v1/chat/completions HTTP/1.1\r\n")
        assert "host: backend.example" in proxy.heads[0]
        assert len(upstream.asked) == 1


def test_a_backend_with_tls_is_asked_through_a_tunnel_and_its_certificate_counts(certificate: Path) -> None:  # noqa: F811
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    with proxied(context) as (proxy, upstream):
        row = {"base_url": "https://localhost:8443/v1", "proxy": proxy.url, "tls_ca": str(certificate)}
        assert text(heard(create(row), times=2))
        # One tunnel, which is kept; nothing of what is said in it is the proxy's to read.
        (head,) = proxy.heads
        assert head.splitlines() == ["CONNECT localhost:8443 HTTP/1.1", "host: localhost:8443"]
        assert len(upstream.asked) == 2
        other = failure(create({**row, "base_url": "https://other.example/v1"}))
        assert "TLS failed" in other.message


def test_the_environment_s_proxy_may_ask_for_a_password_which_nobody_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    with proxied(refusal=b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n") as (proxy, _):
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:s%40cret@127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        error = failure(create({"base_url": "https://backend.example/v1"}))
    assert "proxy-authorization: Basic bWU6c0BjcmV0" in proxy.heads[0]
    assert "the proxy asks for a name and a password" in error.message
    assert "cret" not in error.message


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (b"HTTP/1.1 503 No\r\n\r\n", "the proxy answered 503"),
        (b"", "the proxy closed"),
        (b"SSH-2.0 hello\r\n\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 5000, "says too much"),
    ],
)
def test_a_proxy_that_refuses_is_a_backend_that_is_not_there(refusal: bytes, words: str) -> None:
    with proxied(refusal=refusal or b"\r\n") as (proxy, _):
        error = failure(create({"base_url": "https://backend.example/v1", "proxy": proxy.url}))
    assert error.outcome == "unavailable"
    assert words in error.message


def test_a_proxy_that_is_not_there_is_told() -> None:
    error = failure(create({"base_url": "https://backend.example/v1", "proxy": "http://127.0.0.1:1"}))
    assert (error.outcome, "refused" in error.message.lower()) == ("unavailable", True)


SET = {"HTTPS_PROXY": "http://proxy:3128", "http_proxy": "plain.proxy"}


@pytest.mark.parametrize(
    ("url", "no_proxy", "found"),
    [
        ("https://api.example/v1", "", Proxy("proxy", 3128)),
        ("http://api.example/v1", "", Proxy("plain.proxy", 80)),
        ("https://api.example/v1", "*", None),
        ("https://api.example/v1", "example", None),
        ("https://api.example/v1", " .example , other", None),
        ("https://api.example/v1", "*.example", None),
        ("https://notexample/v1", "example", Proxy("proxy", 3128)),
        ("https://api.example/v1", "api.example:443", None),
        ("https://api.example:8443/v1", "api.example:443", Proxy("proxy", 3128)),
        ("https://10.1.2.3/v1", "10.0.0.0/8", None),
        ("https://10.1.2.3/v1", "10.1.2.4,,", Proxy("proxy", 3128)),
        ("https://[fd00::1]/v1", "fd00::/8", None),
        ("https://localhost/v1", "", None),
        ("http://127.0.0.2:11434/v1", "", None),
        ("http://[::1]:8080/v1", "", None),
    ],
)
def test_whom_the_environment_means(url: str, no_proxy: str, found: Proxy | None) -> None:
    assert proxy_of(url, None, {**SET, "NO_PROXY": no_proxy}) == found
    assert proxy_of(url, "none", SET) is None
    assert proxy_of(url, "http://mine:1", SET) == Proxy("mine", 1)


@pytest.mark.parametrize("said", ["socks5://a:1", "https://a", "http://", "http://a:x", "http://a/path", "http://ä"])
def test_what_is_no_proxy_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="proxy: this must be the address of an HTTP proxy"):
        create({"base_url": "https://a/v1", "proxy": said})
    with pytest.raises(ValueError, match="HTTPS_PROXY"):
        proxy_of("https://a/v1", None, {"HTTPS_PROXY": said})


def test_a_password_is_never_written_in_a_row() -> None:
    with pytest.raises(ValueError, match="environment variable HTTPS_PROXY") as refused:
        create({"base_url": "https://a/v1", "proxy": f"http://me:{KEY}@proxy:1"})
    assert KEY not in str(refused.value)


def test_a_call_that_is_given_up_leaves_no_socket() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        row: dict[str, Any] = {"base_url": "https://backend.example/v1", "timeouts": {"connect": 0.1}}
        error = failure(create({**row, "proxy": f"http://127.0.0.1:{silent.getsockname()[1]}"}))
    assert (error.outcome, "no connection within" in error.message) == ("timeout", True)
