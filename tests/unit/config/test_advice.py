"""What people write wrongly, and what they are told to write instead."""

import pytest

from router.config import load
from router.config.files.advice import for_key, for_nothing, for_number
from router.config.load import with_policies
from router.errors import ConfigError
from router.suggest import likely

HEAD = "default: b\npolicies:\n  b:\n    because: x\n"


def refused(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        with_policies(load(), text.encode())
    return str(caught.value)


@pytest.mark.parametrize(
    ("lines", "advice"),
    [
        ("    band: 2%\n", "write 0.02, a share of 1"),
        ("    band: 0,02\n", "write 0.02 with a point"),
        ('    band: "0.02"\n', "write 0.02 without quotes"),
        ('    band: "{{ band }}"\n', "templates are not filled in here"),
        ("    band: {{ band }}\n", "templates are not filled in here"),
        ("    band: wide\n", "valid number, not 'wide'"),
        ("    band: 0\n    models: []\n", "leave the key out, or write what belongs in the list"),
        ("    band: 0\n    models:\n", "nothing is written after 'models'; leave the key out"),
        ("    band: 0\n    rules: null\n", "leave the key out, or write a value"),
        ("    band: 0\n    ceiling: 5 USD\n", "unknown key 'ceiling' in policies.b; there are:"),
        ("    bnad: 0\n", "did you mean 'band'?"),
        ("    band: 0\n    consent: none\n", "there are: exact, family, owner, any"),
        ("\tband: 0\n", "this line begins with a tab"),
        ("    band: 0\n    rules: [{name: r, because: x, when: {difficulty: >= 1.5}, set: {band: 0}}]\n", '">= 1.5"'),
        ("    band: 0\n    rules: [{name: r, because: x, when: {task: law}, band: 0}]\n", "set: {band: ...}"),
        ("    band: 0\n    budgets: [{name: s, limit: 1,5 USD, per: day}]\n", "a number is written with a point"),
        ("    because: spend less: much less\n", 'because: "spend less: much less"'),
        ("    because: %x\n", "begins with % is written in quotes"),
        ("    because: [\n", "policies.yaml"),
        ("    because: &a x\n", "anchors and aliases are not allowed"),
    ],
)
def test_a_mistake_says_what_to_write(lines: str, advice: str) -> None:
    text = HEAD.replace("    because: x\n", "") if "because:" in lines.split("rules")[0].split("budgets")[0] else HEAD
    assert advice in refused(text + lines)


def test_where_nothing_is_certain_nothing_is_said() -> None:
    assert [for_number(each) for each in (None, 5, "1.2.3", "1.2,3%", "many")] == [""] * 5
    assert [for_nothing(each) for each in (0, "", [1])] == [""] * 3
    assert for_key("banana", "", ["set"]) == ""


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("maths", "math"),
        ("summarization", "summarisation"),
        ("nto", "not"),
        ("EU", "eu"),
        ("max_cost", None),
        ("", None),
    ],
)
def test_a_typo_is_a_letter_or_a_few_away(wrong: str, right: str | None) -> None:
    assert likely(wrong, ["math", "summarisation", "not", "eu", "consent"]) == right
