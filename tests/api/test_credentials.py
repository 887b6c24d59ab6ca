"""A client that was set up for several APIs sends several keys: the one that is ours counts, wherever it stands."""

import itertools
from typing import Any

import pytest

from api.servers import Running, Starter
from router.api.http.authentication import secret_of

ASK = {"model": "auto", "messages": [{"role": "user", "content": "hello"}]}
PLACES = {"authorization": "Bearer {}", "api-key": "{}", "x-api-key": "{}"}


@pytest.fixture(scope="module")
def keyed(start_shared: Starter) -> tuple[Running, str]:
    running = start_shared(keys=True)
    return running, running.key("app")


@pytest.mark.parametrize(("ours", "other"), [*itertools.permutations(PLACES, 2)])
def test_ours_counts_wherever_it_stands(keyed: tuple[Running, str], ours: str, other: str) -> None:
    running, secret = keyed
    headers = {other: PLACES[other].format("sk-of-another-api"), ours: PLACES[ours].format(secret)}
    for sent in (headers, dict(reversed(headers.items()))):
        with running.http() as http:
            assert http.post("/v1/chat/completions", json=ASK, headers=sent).status_code == 200


def test_a_key_of_ours_that_is_wrong_is_not_outvoted(keyed: tuple[Running, str]) -> None:
    running, secret = keyed
    wrong = secret[:-1] + ("x" if secret[-1] != "x" else "y")
    headers = {"authorization": f"Bearer {wrong}", "x-api-key": "sk-of-another-api"}
    with running.http() as http:
        assert http.post("/v1/chat/completions", json=ASK, headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("lines", "secret"),
    [
        ([], None),
        ([(b"authorization", b"Basic eA==")], None),
        ([(b"x-api-key", b" a "), (b"authorization", b"bearer b")], b"b"),
        ([(b"x-api-key", b"a"), (b"api-key", b"b")], b"b"),
        ([(b"authorization", b"Bearer a"), (b"authorization", b"Bearer fgb_b")], b"fgb_b"),
        ([(b"x-api-key", b"fgb_a"), (b"authorization", b"Bearer fgb_b")], b"fgb_b"),
    ],
)
def test_which_secret_a_request_brings(lines: list[Any], secret: bytes | None) -> None:
    assert secret_of({"headers": lines}) == secret
