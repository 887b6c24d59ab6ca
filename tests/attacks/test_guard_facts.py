"""Attacks on guards: words that were to be dropped, misspelt or crowded out must keep the barred model away."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from api.raw import connected, head, reply
from api.servers import Running, Starter

POLICIES = """default: balanced
guards:
  - {name: clinic, because: a test, when: {tags: Clinic}, never: {owner: [Meta, Microsoft]}}
policies:
  balanced: {because: a test, band: 0.3}
"""
BODY = json.dumps({"model": "auto", "messages": [{"role": "user", "content": "hello"}]}).encode()
MANY = ",".join([*(f"t{number}" for number in range(16)), "clinic"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("guards")
    (folder / "config").mkdir()
    (folder / "config" / "policies.yaml").write_text(POLICIES, encoding="utf-8")
    starter = Starter(folder)
    yield starter(folder=folder / "config", keys=True)
    starter.stop()


@pytest.fixture(scope="module")
def secrets(server: Running) -> dict[str, str]:
    bound = server.key("bound", tags=["clinic"], residency="eu", team="ward")
    return {"free": server.key("free"), "bound": bound}


def served(server: Running, secret: str, *lines: bytes, body: bytes = BODY) -> str | int:
    """Who answered, or the status of a refusal."""
    more = b"".join(line + b"\r\n" for line in (b"authorization: Bearer " + secret.encode(), *lines))
    with connected(server) as connection:
        connection.sendall(head(len(body))[:-2] + more + b"\r\n" + body)
        answer = reply(connection)
    return answer.headers["x-fungible-served"] if answer.status == 200 else answer.status


@pytest.mark.parametrize(
    "lines",
    [
        [b"x-fungible-tags: clinic"],
        [b"x-fungible-tags: clinic", b"x-fungible-tags: beta"],
        [b"x-fungible-tags: beta", b"X-Fungible-Tags: clinic"],
        [b"x-fungible-tags: CLINIC "],
        [b"x-fungible-tags: cli\xadnic"],
        ["x-fungible-tags: ｃｌｉｎｉｃ".encode()],
        [b"x-fungible-tags: ,, clinic ,"],
    ],
)
def test_a_tag_holds_on_whatever_line_and_in_whatever_spelling(
    server: Running, secrets: dict[str, str], lines: list[bytes]
) -> None:
    assert str(served(server, secrets["free"], *lines)).startswith("gpt")
    assert not str(served(server, secrets["free"])).startswith("gpt")


@pytest.mark.parametrize(
    "lines",
    [
        [f"x-fungible-tags: {MANY}".encode()],
        [b"x-fungible-tags: t%d" % number for number in range(17)],
        [b"x-fungible-tags: " + b"t" * 300],
        [b"x-fungible-tag: clinic"],
        [b"x-fungible-team: a", b"x-fungible-team: b"],
    ],
)
def test_what_would_have_been_dropped_is_refused(server: Running, secrets: dict[str, str], lines: list[bytes]) -> None:
    assert served(server, secrets["free"], *lines) == 400


@pytest.mark.parametrize("tags", [["clinic"], ["Clinic "], ["beta", "CLINIC"]])
def test_the_body_says_it_as_well(server: Running, secrets: dict[str, str], tags: list[str]) -> None:
    body = json.dumps({**json.loads(BODY), "fungible": {"tags": tags}}).encode()
    assert str(served(server, secrets["free"], b"x-fungible-tags: other", body=body)).startswith("gpt")
    many = json.dumps({**json.loads(BODY), "fungible": {"tags": [f"t{number}" for number in range(17)]}}).encode()
    assert served(server, secrets["free"], body=many) == 400


@pytest.mark.parametrize(
    "lines",
    [[], [b"x-fungible-tags:"], [b"x-fungible-tags: beta"], [b"x-fungible-residency: EU", b"x-fungible-team: Ward"]],
)
def test_what_is_bound_to_a_key_cannot_be_dropped(server: Running, secrets: dict[str, str], lines: list[bytes]) -> None:
    assert str(served(server, secrets["bound"], *lines)).startswith("gpt")


@pytest.mark.parametrize("line", [b"x-fungible-residency: us", b"x-fungible-team: other"])
def test_what_is_bound_to_a_key_cannot_be_overridden(server: Running, secrets: dict[str, str], line: bytes) -> None:
    assert served(server, secrets["bound"], line) == 403


def test_the_receipt_and_the_route_see_the_same_tags(server: Running, secrets: dict[str, str]) -> None:
    with server.http(secrets["bound"]) as http:
        answer = http.post("/v1/chat/completions", content=BODY, headers={"x-fungible-tags": "beta"})
        receipt = http.get(f"/v1/receipts/{answer.headers['x-fungible-receipt']}").json()
        route = http.post("/v1/route", content=BODY).json()
    assert receipt["ask"]["caller"] == {"key": "bound", "team": "ward", "residency": "eu", "tags": ["clinic", "beta"]}
    assert {row["code"] for row in route["candidates"] if row["model"].startswith("phi")} == {"guard"}
