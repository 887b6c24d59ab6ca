"""What a key is bound to, and what `explain` is to assume of a caller, on the command line."""

import json
from pathlib import Path

from cli.running import fungible

GUARD = """default: balanced
guards:
  - {name: clinic, because: a test, when: {tags: clinic}, never: {owner: [Meta, Microsoft]}}
policies:
  balanced: {because: a test, band: 0.3}
"""


def test_tags_are_bound_to_a_key_and_taken_from_it(tmp_path: Path) -> None:
    made = fungible(tmp_path, "key", "create", "ward", "--tag", "clinic, beta", "--tag", "eu", "--json")
    assert json.loads(made.stdout)["tags"] == ["clinic", "beta", "eu"]
    assert "tags clinic, beta, eu" in fungible(tmp_path, "key", "set", "ward", "--team", "red").stdout
    cleared = fungible(tmp_path, "key", "set", "ward", "--clear", "tag", "--json")
    assert json.loads(cleared.stdout)["tags"] is None
    many = [word for number in range(17) for word in ("--tag", f"t{number}")]
    assert fungible(tmp_path, "key", "create", "other", *many).returncode == 2


def test_explain_sees_what_a_request_would(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "policies.yaml").write_text(GUARD, encoding="utf-8")

    def codes(*words: str) -> set[str]:
        shown = fungible(tmp_path, "explain", "hello", "--config", "mine", "--json", *words)
        return {row["code"] for row in json.loads(shown.stdout)["candidates"] if row["model"].startswith("phi")}

    assert "guard" not in codes()
    assert codes("--tag", "Clinic", "--tag", "beta", "--team", "x", "--residency", "kr") == {"guard"}
