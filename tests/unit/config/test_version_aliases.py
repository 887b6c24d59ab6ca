"""aliases.yaml: names over versions with their defaults, and what is wrong with others."""

from pathlib import Path
from typing import Any

import pytest

from router.config import load
from router.config.load import from_documents, read_documents, with_policies
from router.config.ramps.ramp_shares import with_shares
from router.errors import ConfigError
from router.policy.diff import differences, with_only
from router.policy.lint import lint
from router.types import InForce
from unit.policy_samples import DAY

HEAD = "aliases:\n  mine:\n    because: x\n    versions: [gpt-5-nano, gpt-5-mini]\n"


def loaded(folder: Path, text: str) -> Any:
    (folder / "aliases.yaml").write_text(text, encoding="utf-8")
    return load(folder)


def test_what_an_alias_leaves_out_is_as_the_document_says(tmp_path: Path) -> None:
    config = loaded(tmp_path, HEAD)
    alias = config.version_aliases["mine"]
    assert (alias.margin, alias.alpha, len(alias.tasks)) == (0.02, 0.05, 13)
    plan = config.plans[0]
    assert plan.name == "mine:chat:gpt-5-nano:gpt-5-mini"
    assert [step.share for step in plan.steps] == [0.1, 0.5, 1.0]
    assert (plan.steps[0].after_s, plan.steps[0].pairs, plan.most_pairs) == (3600.0, 50, 30_000)
    assert (plan.standard.margin, plan.standard.alpha) == (0.02, 0.05 / 13 / 2)
    assert len(config.plans) == 13
    assert from_documents(config.documents).version_aliases == config.version_aliases
    same = with_policies(config, config.texts["policies.yaml"].encode())
    assert (same.revision, same.version_aliases) == (config.revision, config.version_aliases)


def test_a_version_at_the_end_leaves_other_upgrades_as_they_are(tmp_path: Path) -> None:
    before = {plan.name: plan for plan in loaded(tmp_path, HEAD).plans}
    after = {plan.name: plan for plan in loaded(tmp_path, HEAD.replace("mini]", "mini, gpt-5]")).plans}
    assert {name: after[name] for name in before} == before
    assert len(after) == 3 * 13


def test_a_folder_without_aliases_has_the_revision_that_it_had(tmp_path: Path) -> None:
    assert load().version_aliases == {}
    assert "aliases.yaml" not in load().documents
    (tmp_path / "aliases.yaml").write_text("aliases: {}\n")
    assert load(tmp_path).revision == load().revision


def test_shares_of_upgrades_are_a_part_of_the_configuration(tmp_path: Path) -> None:
    config = loaded(tmp_path, HEAD)
    moving = with_shares(config, {"mine:chat:gpt-5-nano:gpt-5-mini": InForce(0.5)})
    assert [(ramp.alias, ramp.share) for ramp in moving.ramps] == [("mine", 0.5)]
    assert moving.revision != config.revision
    assert from_documents(moving.documents).ramps == moving.ramps


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (HEAD.replace("gpt-5-mini", "gpt-5-mni"), "aliases.yaml:4:28: no model is called 'gpt-5-mni'. Did you mean"),
        (HEAD.replace("gpt-5-mini", "gpt-5-nano"), "aliases.yaml:4:28: the version 'gpt-5-nano' stands twice"),
        (HEAD.replace("gpt-5-mini", "tts-1"), "aliases.yaml:4:28: 'tts-1' does not answer in words"),
        (HEAD.replace("mine", "gpt-5"), "aliases.yaml:2:3: the name 'gpt-5' is taken by a model or a policy"),
        (HEAD.replace("mine", "model-router"), "aliases.yaml:2:3: the name 'model-router' is taken"),
        (HEAD + "    steps: [0.5]\n", "the last step of an alias is 1"),
        (HEAD + "    steps: [{share: 0.5}]\n", "the last step of an alias is 1"),
        (HEAD + "    tasks: [speech]\n", "an alias answers in words"),
        (HEAD + "    shadow: {judge: {}}\n", "aliases.yaml:5:14: a judge is a `model` or a `check`: name one"),
        (HEAD + "    never_worse: {margin: 0}\n", "aliases.yaml:5:19"),
        (HEAD + "    share: 1\n", "aliases.yaml:5:5"),
        ("aliases: {mine: {because: x, versions: []}}\n", "aliases.yaml:1:30"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        loaded(tmp_path, text)
    assert problem in str(raised.value)


def test_one_fault_of_a_judge_is_told_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        loaded(tmp_path, HEAD.replace("mini]", "mini, gpt-5]") + "    shadow: {judge: {}}\n")
    assert len(raised.value.problems) == 1


def test_a_pattern_of_policies_may_lead_to_an_alias(tmp_path: Path) -> None:
    policies = (load().texts["policies.yaml"]).replace("default: ", 'aliases: {"usual*": mine}\ndefault: ', 1)
    (tmp_path / "policies.yaml").write_text(policies)
    assert loaded(tmp_path, HEAD).aliases == {"usual*": "mine"}


def test_a_diff_says_what_an_alias_promises_and_one_difference_can_be_taken_alone(tmp_path: Path) -> None:
    before, after = load(), loaded(tmp_path, HEAD)
    (difference,) = differences(before, after)
    assert difference.label == "alias mine added"
    assert difference.after.startswith("gpt-5-nano to gpt-5-mini, never worse by 0.02, alpha 0.05 (x); ")
    assert "ends after 30,000 pairs" in difference.after
    assert with_only(before, after, difference).version_aliases == after.version_aliases
    some = loaded(tmp_path, HEAD + "    tasks: [law]\n")
    assert "on law, never worse" in differences(after, some)[0].after


@pytest.mark.parametrize(
    ("versions", "never_worse", "codes"),
    [
        ("[gpt-5-nano, gpt-5-mini]", "{}", []),
        ("[gpt-5-mini, llama-3.3-70b]", "{}", ["alias-narrower", "alias-order"]),
        ("[gpt-5-nano, gpt-5-mini]", "{margin: 0.002}", ["alias-hopeless"]),
        ("[gpt-5-nano]", "{margin: 0.002}", []),
    ],
)
def test_lint_warns_of_promises_that_cannot_be_kept(
    tmp_path: Path, versions: str, never_worse: str, codes: list[str]
) -> None:
    text = f"aliases:\n  mine:\n    because: x\n    versions: {versions}\n    never_worse: {never_worse}\n"
    (tmp_path / "aliases.yaml").write_text(text)
    own = [each for each in lint(read_documents(tmp_path), DAY, 10_000) if "aliases.yaml" in each.where]
    assert sorted(each.code for each in own) == codes
