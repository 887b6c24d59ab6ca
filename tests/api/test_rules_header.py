"""The rules that applied are named in a header and in the body, as far as the operator discloses anything."""

import pytest

from api.servers import Running, Starter
from router.api.surfaces.openai_chat.render import MOST_NAMES, _names
from router.config import load
from router.config.load import with_policies

RULES = ", ".join(f"{{name: {name}, because: y, when: {{tags: x}}, set: {{band: 0}}}}" for name in ("'one, a'", "둘"))
TEXT = "default: receipt\npolicies:\n" + "".join(
    f"  {mode}: {{because: a test, band: 1, disclosure: {mode}, rules: [{RULES}]}}\n"
    for mode in ("receipt", "header", "silent")
)


@pytest.fixture(scope="module")
def server(start_shared: Starter) -> Running:
    return start_shared(with_policies(load(), TEXT.encode()))


@pytest.mark.parametrize(
    ("mode", "line", "listed"),
    [
        ("receipt", "one%2C a, %EB%91%98", ["one, a", "둘"]),
        ("header", "one%2C a, %EB%91%98", None),
        ("silent", None, None),
    ],
)
def test_a_header_names_the_rules_unless_all_is_silent(
    server: Running, mode: str, line: str | None, listed: list[str] | None
) -> None:
    body = {"model": mode, "messages": [{"role": "user", "content": "Say hello."}]}
    with server.http() as http:
        answer = http.post("/v1/chat/completions", json=body, headers={"x-fungible-tags": "x"})
        plain = http.post("/v1/chat/completions", json=body)
    assert answer.headers.get("x-fungible-rules") == line
    assert answer.json().get("fungible", {}).get("rules") == listed
    assert "x-fungible-rules" not in plain.headers


def test_a_header_has_an_end() -> None:
    assert _names(["r" * 300] * 5) == b", ".join([b"r" * 300] * 3) + b", +2"
    assert _names(["r" * (MOST_NAMES + 1), "s"]) == b"+2"
