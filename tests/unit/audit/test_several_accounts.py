"""An audit from several accounts: they are asked in turn, and what only some of them see is shown."""

import json
from importlib import import_module
from pathlib import Path

import pytest
from audit_endpoint import endpoint, other, plain
from cli.running import fungible

from router.audit.audit_budget import FREE
from router.audit.endpoint_client import Endpoint
from router.audit.sides import Live
from router.audit.wire_shapes import Parameters


def test_accounts_are_asked_in_turn() -> None:
    with endpoint(plain()) as serving:
        first, *more = (Endpoint(serving.url, "model-a", key=key) for key in ("k1", "k2", "k3"))
        live = Live(first, FREE, tuple(more))
        for _ in range(4):
            live.ask("hi", Parameters())
        keys = [heads["authorization"].removeprefix("Bearer ") for heads in serving.heads]
    assert keys == ["k1", "k2", "k3", "k1"]


def test_a_swap_of_one_account_in_two_is_shown_from_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "prompts.txt").write_text("\n".join(f"question {number}" for number in range(6)))

    def by_account(number: int, prompt: str) -> tuple[str, str]:
        moved = serving.heads[number - 1]["authorization"].endswith("two")
        return (other() if moved else plain())(number, prompt)

    with endpoint(plain()) as reference, endpoint(by_account) as serving:
        words = ("audit", serving.url, "--model", "model-a", "--reference", reference.url, "--prompts", "prompts.txt")
        keys = ("--key-env", "ONE", "--key-env", "TWO")
        monkeypatch.setattr(
            import_module("router.cli.audit.audit_options"), "key_from", {"ONE": "one", "TWO": "two"}.get
        )
        audit = fungible(tmp_path, *words, *keys, "--price", "1/2", "--calls", "200", "--data", "data", "--json")
    told = json.loads(audit.stdout)
    assert (told["end"], told["audited_from"]) == ("another_model", 2)
