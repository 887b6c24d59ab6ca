"""`fungible import portkey`: what comes over is in a folder that lints clean and decides as the config did."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from cli.running import fungible
from router.cli.importing.foreign_yaml import Reader
from router.cli.importing.written_folder import finish
from router.config import load
from router.config.scalars import LONGEST_S
from router.migration.import_report import Imported
from router.migration.litellm.known_models import Published
from router.migration.portkey.convert_portkey import convert_portkey
from router.policy.lint.all_checks import lint

DAY = date(2026, 11, 29)
GPT = {"provider": "openai", "virtual_key": "vk-openai-one", "override_params": {"model": "gpt-5"}}
CLAUDE = {"provider": "anthropic", "virtualKey": "vk-claude-one", "overrideParams": {"model": "claude-sonnet-4-5"}}


def nothing(_name: str, _upstream: str) -> Published | None:
    return None


def imported(folder: Path, config: dict[str, Any]) -> Imported:
    file = folder / "config.json"
    file.write_bytes(orjson.dumps(config, option=orjson.OPT_INDENT_2))
    return convert_portkey(Reader().read(file, file.name), DAY, nothing)


def sentences(shown: Imported, kind: str) -> str:
    return "\n".join(note.sentence for note in shown.notes if note.kind == kind)


def policy(shown: Imported) -> dict[str, Any]:
    written: dict[str, Any] = shown.files["policies.yaml"]["policies"]["imported"]
    return written


def secrets() -> Iterator[str]:
    yield from ("vk-openai-one", "vk-claude-one", "sk-in-the-clear")


def test_a_fallback_keeps_its_order_and_is_clean(tmp_path: Path) -> None:
    config = {
        "strategy": {"mode": "fallback", "on_status_codes": [429]},
        "cache": {"mode": "simple", "max_age": 60},
        "retry": {"attempts": 0},
        "request_timeout": 20_000,
        "targets": [GPT, {**GPT, "virtual_key": "vk-openai-two"}, CLAUDE],
    }
    (tmp_path / "config.json").write_bytes(orjson.dumps(config, option=orjson.OPT_INDENT_2))
    shown = fungible(tmp_path, "import", "portkey", "config.json", "--out", "out", "--json")
    assert shown.returncode == 0
    told = orjson.loads(shown.stdout)
    assert told["counts"]["protection"] == told["counts"]["refused"] == 0
    made = load(tmp_path / "out")
    assert made.policies["imported"].prefer == (("gpt-5",), ("claude-sonnet-4-5",))
    assert [place.model for place in made.deployments if place.provider != "anthropic"] == ["gpt-5", "gpt-5"]
    written = {name: (tmp_path / "out" / name).read_text() for name in ("providers.yaml", "policies.yaml")}
    assert "cache_for: '60 s'" in written["policies.yaml"] or "cache_for: 60 s" in written["policies.yaml"]
    providers = yaml.safe_load(written["providers.yaml"])["providers"]
    assert [each["settings"]["key_env"] for each in providers.values()] == [
        "OPENAI_API_KEY",
        "OPENAI_API_KEY_2",
        "ANTHROPIC_API_KEY",
    ]
    assert providers["openai"]["settings"]["timeouts"] == {"whole": 20, "first_token": 20}
    assert not [secret for secret in secrets() if secret in str(written) + shown.stdout]
    from router.config.files.yaml_source import read

    sources = {file.name: read(file) for file in sorted((tmp_path / "out").glob("*.yaml"))}
    assert [found for found in lint(sources, DAY, 90) if found.severity == "error"] == []


def test_conditions_on_metadata_become_rules_on_tags(tmp_path: Path) -> None:
    conditions = [
        {"query": {"metadata.plan": {"$eq": "paid"}}, "then": "best"},
        {"query": {"$and": [{"metadata.team": "x"}, {"metadata.plan": {"$eq": "free"}}]}, "then": "best"},
        {"query": {"metadata.region": {"$in": ["eu", "kr"]}}, "then": "usual"},
        {"query": {"metadata.age": {"$gt": 3}}, "then": "best"},
        {"query": {"params.model": {"$eq": "x"}}, "then": "best"},
        {"query": {}, "then": "best"},
        {"query": {"metadata.plan": "paid"}, "then": "nobody"},
    ]
    strategy = {"mode": "conditional", "conditions": conditions, "default": "usual"}
    shown = imported(
        tmp_path, {"strategy": strategy, "targets": [{**GPT, "name": "best"}, {**CLAUDE, "name": "usual"}]}
    )
    rules = policy(shown)["rules"]
    # Portkey takes the first that applies, and here the last goes before.
    assert [(rule["name"], rule["when"]["tags"], rule["set"]["prefer"]) for rule in rules] == [
        ("condition-3", ["region=eu", "region=kr"], ["claude-sonnet-4-5"]),
        ("condition-2", {"all": ["team=x", "plan=free"]}, ["gpt-5"]),
        ("condition-1", ["plan=paid"], ["gpt-5"]),
    ]
    assert policy(shown)["prefer"] == ["claude-sonnet-4-5", "gpt-5"]
    assert shown.files["policies.yaml"]["metadata_tags"] == ["plan", "team", "region"]
    lost = sentences(shown, "protection")
    assert [word for word in ("'age'", "params.model", "without a query", "not there") if word not in lost] == []


def test_of_shares_the_largest_is_first(tmp_path: Path) -> None:
    targets = [
        {**GPT, "weight": 0.2},
        {**CLAUDE, "weight": 0.8},
        {"strategy": {"mode": "conditional"}, "targets": [GPT]},
    ]
    shown = imported(tmp_path, {"strategy": {"mode": "loadbalance"}, "targets": targets[:2]})
    assert policy(shown)["prefer"] == ["claude-sonnet-4-5", "gpt-5"]
    assert "0.2 : 0.8" in sentences(shown, "meaning")
    shown = imported(tmp_path, {"strategy": {"mode": "fallback"}, "targets": targets})
    assert "below the top" in sentences(shown, "protection")


def test_what_stops_protecting_or_has_no_counterpart_is_said(tmp_path: Path) -> None:
    config = {
        "input_guardrails": ["g"],
        "cache": "semantic",
        "retry": {"attempts": 5},
        "strategy": {"mode": "fallback"},
        "targets": [
            {
                **GPT,
                "override_params": {"model": "@openai-prod/gpt-5", "max_tokens": 5, "seed": 1},
                "forward_headers": [],
            },
            {**CLAUDE, "cache": {"mode": "simple"}, "request_timeout": "soon"},
            {"provider": "bedrock", "override_params": {"model": "nova"}},
            {"provider": "nowhere", "override_params": {"model": "nova"}},
            {"provider": "openai", "override_params": {"model": "dall-e-3"}},
            {"provider": "openai", "virtual_key": "third"},
            {"virtual_key": "groq-1", "override_params": {"model": "llama-3.3"}},
        ],
    }
    shown = imported(tmp_path, config)
    assert not shown.refused
    assert policy(shown)["cache_for"] == "10 minutes"
    assert [model["id"] for model in shown.files["catalog.yaml"]["models"]] == [
        "gpt-5",
        "claude-sonnet-4-5",
        "llama-3.3",
    ]
    for kind, words in {
        "protection": ("input_guardrails", "max_tokens"),
        "meaning": ("seed", "retry: 5", "groq is taken", "clients ask for `auto`"),
        "left_out": ("signed", "nowhere", "dall-e-3", "names no model", "forward_headers", "semantic", "single target"),
        "assumed": ("context", "cache_for"),
    }.items():
        assert [word for word in words if word not in sentences(shown, kind)] == []


BAD_TARGETS: list[tuple[Any, str]] = [
    ({"virtual_key": "mine", "override_params": {"model": "house"}}, "no provider is written"),
    ({"provider": "azure-openai", "override_params": {"model": "gpt-5"}}, "or `azure_resource_name`"),
    ({**GPT, "custom_host": "ftp://x"}, "a target of openai is left out: no address that can be asked"),
    ({"provider": "openai"}, "names no model"),
    ({"provider": 3, "override_params": ["x"]}, "'3' is left out"),
    ("a word", "no provider is written"),
]


@pytest.mark.parametrize(("target", "sentence"), BAD_TARGETS)
def test_a_target_that_can_not_be_taken_leaves_the_rest(tmp_path: Path, target: Any, sentence: str) -> None:
    shown = imported(tmp_path, {"strategy": {"mode": "fallback"}, "targets": [target, CLAUDE]})
    assert policy(shown)["prefer"] == ["claude-sonnet-4-5"]
    assert sentence in sentences(shown, "left_out")
    assert "api_version" not in sentences(shown, "assumed")
    if isinstance(target, dict):
        alone = imported(tmp_path, target)
        assert (alone.refused, alone.files) == (True, {})
        assert "nothing to serve" in sentences(alone, "refused")


def test_what_is_lost_is_exit_code_1_under_strict(tmp_path: Path) -> None:
    config = {"strategy": {"mode": "fallback"}, "targets": [*(target for target, _ in BAD_TARGETS), GPT]}
    (tmp_path / "config.json").write_bytes(orjson.dumps(config))
    assert fungible(tmp_path, "import", "portkey", "config.json", "--out", "strict", "--strict").returncode == 1
    shown = fungible(tmp_path, "import", "portkey", "config.json", "--out", "out")
    assert (shown.returncode, "Does not come over" in shown.stdout) == (0, True)
    assert load(tmp_path / "strict").policies["imported"].prefer == load(tmp_path / "out").policies["imported"].prefer


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({**GPT, "api_key": "sk-in-the-clear"}, "a key in the clear; it is not taken over"),
        ({"strategy": {"mode": "magic"}, "targets": [GPT]}, "'magic' is none of single"),
    ],
)
def test_what_comes_over_without_a_part_says_so_without_a_secret(
    tmp_path: Path, config: dict[str, Any], sentence: str
) -> None:
    shown = imported(tmp_path, config)
    assert policy(shown)["prefer"] == ["gpt-5"]
    assert sentence in sentences(shown, "meaning")
    assert not [secret for secret in secrets() if secret in str([shown.to_json(), shown.files])]


def test_what_the_api_gives_is_unwrapped_and_a_list_is_none(tmp_path: Path) -> None:
    azure = {"provider": "azure-openai", "resource_name": "acme", "deployment_id": "gpt-5", "api_version": "2025-01-01"}
    shown = imported(tmp_path, {"success": True, "data": {"config": azure}})
    (provider,) = shown.files["providers.yaml"]["providers"].values()
    assert provider["settings"]["base_url"] == "https://acme.openai.azure.com"
    own = imported(tmp_path, {**GPT, "custom_host": "http://own:8000/v1/"})
    (provider,) = own.files["providers.yaml"]["providers"].values()
    assert provider["settings"] | {"key_env": ""} == {
        "kind": "compatible",
        "base_url": "http://own:8000/v1",
        "key_env": "",
    }
    (tmp_path / "list.json").write_text("[]")
    refused = fungible(tmp_path, "import", "portkey", "list.json", "--out", "out")
    assert (refused.returncode, "is no object" in refused.stdout) == (1, True)
    with pytest.raises(SystemExit):
        finish(shown, (tmp_path / "config.json", tmp_path / "made"), "Portkey", strict=True, as_json=True)
    assert load(tmp_path / "made").policies["imported"].prefer == (("gpt-5",),)


def test_an_age_that_no_policy_may_have_is_left_out_at_its_line(tmp_path: Path) -> None:
    shown = imported(tmp_path, GPT | {"cache": {"mode": "simple", "max_age": LONGEST_S + 1}})
    assert sentences(shown, "left_out") == "max_age: answers can be kept for 100 years, no longer: none are kept"
    assert "cache_for" not in policy(shown)
    most = imported(tmp_path, GPT | {"cache": {"mode": "simple", "max_age": LONGEST_S}})
    with pytest.raises(SystemExit) as ended:
        finish(most, (tmp_path / "config.json", tmp_path / "out"), "Portkey", strict=False, as_json=True)
    assert ended.value.code == 0


@pytest.mark.parametrize("product", ["portkey", "litellm"])
def test_what_is_nested_too_deep_is_a_sentence(tmp_path: Path, product: str) -> None:
    (tmp_path / "deep.json").write_text("[" * 100_000, encoding="utf-8")
    shown = fungible(tmp_path, "import", product, "deep.json", "--out", "out")
    assert shown.returncode == 1
    assert "deep.json:1  is nested too deep" in shown.stdout + shown.stderr
    assert not (tmp_path / "out").exists()
