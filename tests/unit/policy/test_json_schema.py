"""The schema for editors takes what the loader takes, and refuses what an editor should mark."""

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from router.config.files.yaml_source import parse
from router.config.load import SEEDS
from router.policy.json_schema import policies_schema
from unit.policy_samples import HEAD

DOCS = Path(__file__).resolve().parents[3] / "docs" / "policies.md"
BLOCKS = re.findall(r"```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
WHOLE = """
timezone: Asia/Seoul
guards: [{name: g, because: x, never: {owner: OpenAI, region: [us, eu]}, when: {residency: eu, time: "22:00-24:00"}}]
budgets: [{name: b, limit: "2,000,000 tokens", per: day, each: key, of: {team: [a, b]}, then: {band: 0.2}}]
default: a
policies:
  a:
    because: x
    band: 0.5
    prefer: OpenAI
    consent: null
    rules: [{name: r, because: x, when: {difficulty: ">= 1 and < 2", needs: json}, prefer: [Meta]}]
    budgets: [{name: c, limit: 5 USD, per: month, then: deny}]
    tests: [{given: {text: Hi, time: "09:30"}, expect: {rules: r}}, {given: {task: law}, expect: {model: "gpt-*"}}]
  b: {extends: a, floors: {law: 0.5}}
"""


def faults(text: str) -> list[str]:
    schema = policies_schema()
    return [
        fault.message for fault in jsonschema.Draft202012Validator(schema).iter_errors(parse(text.encode(), "p").data)
    ]


def test_it_is_a_schema_of_the_latest_dialect() -> None:
    schema = policies_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert not schema["$id"].startswith("http")
    assert schema["title"] == "Fungible policies"


@pytest.mark.parametrize(
    "text", [(SEEDS / "policies.yaml").read_text(encoding="utf-8"), WHOLE, HEAD, *BLOCKS], ids=lambda text: text[:20]
)
def test_files_that_load_fit(text: str) -> None:
    assert BLOCKS
    assert faults(text) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("band: 0.5", "bnad: 0.5"),
        ("band: 0.5", "band: 1.5"),
        ("timezone: Asia/Seoul", "timezon: Asia/Seoul"),
        ("    because: x\n", ""),
        ("extends: a, ", ""),
        ("prefer: OpenAI", "prefer: []"),
        ("prefer: OpenAI", "prefer: 5"),
        ("needs: json", "needs: jsn"),
        ('">= 1 and < 2"', "1"),
        ('">= 1 and < 2"', '"about 1"'),
        ("22:00-24:00", "22-24"),
        ("09:30", "09:30:00"),
        ("5 USD", "about 5 USD"),
        ("then: deny", "then: refuse"),
        ("then: {band: 0.2}", "then: {}"),
        ("owner: OpenAI, region: [us, eu]", ""),
        ("{text: Hi, ", "{text: Hi, task: law, "),
        ("{task: law}", "{}"),
        ("{rules: r}", "{}"),
        (", prefer: [Meta]}", "}"),
        ("{law: 0.5}", "{laws: 0.5}"),
        ("each: key", "each: caller"),
    ],
)
def test_files_that_do_not_load_do_not_fit(right: str, wrong: str) -> None:
    assert right in WHOLE
    assert faults(WHOLE.replace(right, wrong, 1))


def test_an_unknown_key_is_named() -> None:
    assert any("bnad" in fault for fault in faults(HEAD.replace("band", "bnad")))


def test_every_key_has_a_description() -> None:
    schema = policies_schema()
    for name, kind in [("whole", schema), *schema["$defs"].items()]:
        assert kind["additionalProperties"] is False, name
        for key, value in kind["properties"].items():
            assert value["description"].endswith("."), f"{name}.{key}"


def test_nothing_is_left_of_what_only_the_loader_needs() -> None:
    def walk(value: Any) -> None:
        if isinstance(value, dict):
            assert not {"x-one-or-many"} & set(value)
            assert value.get("default", "some") not in ("", [], None)
            for item in value.values():
                walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)
        else:
            assert "Written" not in str(value)

    walk(policies_schema())
