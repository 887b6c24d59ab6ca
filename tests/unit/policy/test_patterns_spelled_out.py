"""Conditions with patterns are written out, when policies are expanded, as they were read."""

from pathlib import Path

import yaml

from router.config.load import load
from router.policy.expand import spelled_out

POLICIES = """\
default: p
policies:
  p:
    because: a test
    band: 0.02
    rules:
      - name: r
        because: a test
        when: {team: {any: ["legal-*"], not: [legal-temp]}, tags: {all: [a, b]}}
        set: {band: 0.01}
"""


def test_any_all_and_not_are_kept(tmp_path: Path) -> None:
    (tmp_path / "policies.yaml").write_text(POLICIES, encoding="utf-8")
    written = yaml.safe_load(spelled_out(load(tmp_path), ("p",)))
    assert written["policies"]["p"]["rules"][0]["when"] == {
        "team": {"any": ["legal-*"], "not": ["legal-temp"]},
        "tags": {"all": ["a", "b"]},
    }
