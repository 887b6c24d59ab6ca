"""`aliases` at the head of policies.yaml: checked, compared, written out, and no part of a revision that lacks them."""

import pytest

from router.config import load
from router.config.load import SEEDS, from_documents, with_policies
from router.errors import ConfigError
from router.policy.config_leaves import leaves
from router.policy.expand import spelled_out

TEXT = (SEEDS / "policies.yaml").read_text(encoding="utf-8")
HEAD = 'aliases: {"claude-*": quality, fast: cost, "mine/*": gpt-5, old: auto, older: model-router}\n'


def test_aliases_lead_to_policies_and_models() -> None:
    config = with_policies(load(), (HEAD + TEXT).encode())
    assert config.aliases == {
        "claude-*": "quality",
        "fast": "cost",
        "mine/*": "gpt-5",
        "old": "auto",
        "older": "model-router",
    }
    assert from_documents(config.documents).aliases == config.aliases
    assert leaves(config)[("aliases", "fast")] == "cost"


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("aliases: {x: qualty}\n", "no model or policy is called 'qualty'. Did you mean 'quality'?"),
        ("aliases: {gpt-5: cost}\n", "the name 'gpt-5' is taken by a model"),
        ("aliases: {auto: cost}\n", "the name 'auto' is taken by the default policy"),
        ("aliases: {x: [cost]}\n", "aliases.x"),
        ("aliases: [x]\n", "aliases"),
    ],
)
def test_an_alias_that_leads_nowhere_or_never_applies_is_a_fault(head: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        with_policies(load(), (head + TEXT).encode())
    [problem] = caught.value.problems
    assert words in f"{problem.sentence}{problem.hint}"
    assert problem.where.endswith(tuple(f"1:{column}" for column in range(1, 20)))


def test_a_revision_without_aliases_is_as_it_was() -> None:
    config = load()
    assert config.aliases == {}
    assert "aliases" not in config.documents["policies.yaml"]  # type: ignore[operator]
    assert with_policies(config, TEXT.encode()).revision == config.revision
    assert with_policies(config, (HEAD + TEXT).encode()).revision != config.revision


def test_what_is_written_out_keeps_the_aliases_of_what_it_keeps() -> None:
    config = with_policies(load(), (HEAD + TEXT).encode())
    whole = with_policies(config, spelled_out(config, tuple(config.policies)).encode())
    assert whole.aliases == config.aliases
    part = with_policies(config, spelled_out(config, ("cost",)).encode())
    assert part.aliases == {"fast": "cost", "mine/*": "gpt-5", "old": "auto"}
