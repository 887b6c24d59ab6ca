"""`fungible import litellm`: what comes over stands in a folder that lints clean and decides as the file did."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from cli.running import Shown, fungible
from router.cli.importing.included_files import read_config
from router.config import load
from router.config.files.yaml_source import read
from router.migration.litellm.convert import convert

TWO = """
model_list:
  - model_name: quick
    litellm_params: {model: openai/gpt-5-mini, api_key: os.environ/OPENAI_API_KEY}
  - model_name: deep
    litellm_params:
      model: anthropic/claude-opus-9
general_settings:
  master_key: sk-a-master-key-in-the-clear
"""
CHAIN = """
model_list:
- {model_name: first, litellm_params: {model: groq/llama-9, api_key: os.environ/G},
   model_info: {max_input_tokens: 8000}}
- {model_name: second, litellm_params: {model: mistral/m-large, api_key: os.environ/M}}
- {model_name: third, litellm_params: {model: xai/grok-9, api_key: os.environ/X}}
- {model_name: long, litellm_params: {model: openai/gpt-9, api_key: os.environ/O},
   model_info: {max_input_tokens: 900000}}
router_settings:
  model_group_alias: {old-name: first, quiet: {model: second, hidden: true}}
  fallbacks: [{first: [second, third]}]
  context_window_fallbacks: [{first: [long]}]
"""


def imported(folder: Path, text: str, *words: str, name: str = "config.yaml") -> Shown:
    (folder / name).write_text(text, encoding="utf-8")
    return fungible(folder, "import", "litellm", name, "--out", "out", *words)


def report(folder: Path, text: str) -> dict[str, Any]:
    shown = imported(folder, text, "--json")
    told: dict[str, Any] = orjson.loads(shown.stdout)
    assert told["refused"] == (shown.returncode == 1) == (not (folder / "out").exists())
    return told


def lines(told: Mapping[str, Any], kind: str) -> dict[int, str]:
    joined: dict[int, str] = {}
    for note in told["notes"]:
        if note["kind"] == kind:
            joined[note["line"]] = joined.get(note["line"], "") + note["sentence"] + "\n"
    return joined


def written(folder: Path, name: str) -> Any:
    return read(folder / "out" / name).data


def test_two_models_make_a_folder_of_their_own(tmp_path: Path) -> None:
    shown = imported(tmp_path, TWO)
    assert (shown.returncode, shown.stderr) == (0, "")
    config = load(tmp_path / "out")
    assert [model.id for model in config.models] == ["quick", "deep"]
    assert {name: row.settings.get("key_env") for name, row in config.providers.items()} == {
        "openai": "OPENAI_API_KEY",
        "anthropic": "ANTHROPIC_API_KEY",
    }
    assert config.deployments == () and config.ramps == () and config.contracts.partners == {}
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"deployments.yaml", "ramps.yaml", "contracts.yaml"}
    lint = fungible(tmp_path, "policy", "lint", "--config", "out", "--strict")
    assert (lint.returncode, lint.stdout) == (0, "0 errors, 0 warnings\n")


def test_what_nobody_wrote_is_assumed_and_never_nothing(tmp_path: Path) -> None:
    told = report(tmp_path, TWO)
    assert {3, 5} <= lines(told, "assumed").keys()
    for dated in load(tmp_path / "out").prices.values():
        assert all(price.status == "assumed" and price.input > 0 and price.output > 0 for price in dated)
    assert all(model.status == model.abilities.status == "assumed" for model in load(tmp_path / "out").models)


def test_no_secret_and_no_reference_comes_out(tmp_path: Path) -> None:
    shown = imported(tmp_path, TWO)
    folder = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir())
    for text in (shown.stdout, folder):
        assert "sk-a-master-key" not in text
    assert "os.environ/" not in folder and "&" not in folder
    assert "FUNGIBLE_ADMIN_KEY" in shown.stdout


def test_the_same_input_gives_the_same_folder(tmp_path: Path) -> None:
    folders = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        imported(tmp_path / name, CHAIN)
        folders.append({path.name: path.read_bytes() for path in (tmp_path / name / "out").iterdir()})
    assert folders[0] == folders[1]


def test_a_chain_is_a_policy_that_keeps_its_order(tmp_path: Path) -> None:
    told = report(tmp_path, CHAIN)
    config = load(tmp_path / "out")
    policy = config.policies["first"]
    own, second, third, long = "first@groq", "second", "third", "long"
    assert set(policy.models or ()) == {own, second, third, long}
    assert policy.fallback is not None and [rank[0] for rank in policy.fallback.order or ()] == [second, third]
    assert dict(config.aliases) == {"old-name": "first", "quiet": "second"}
    assert "in this order" in "".join(lines(told, "carried").values())


@pytest.mark.parametrize(
    ("given", "model"),
    [
        ("{task: chat}", "first@groq"),
        ("{task: chat, down: [first@groq]}", "second"),
        ("{task: chat, down: [first@groq, second]}", "third"),
        ("{task: chat, input_tokens: 20000}", "long"),
    ],
)
def test_a_name_is_answered_by_itself_then_by_its_chain(tmp_path: Path, given: str, model: str) -> None:
    imported(tmp_path, CHAIN)
    file = tmp_path / "out" / "policies.yaml"
    policies = yaml.safe_load(file.read_text(encoding="utf-8"))
    policies["policies"]["first"]["tests"] = [{"given": yaml.safe_load(given), "expect": {"model": [model]}}]
    file.write_text(yaml.safe_dump(policies), encoding="utf-8")
    shown = fungible(tmp_path, "policy", "test", "--config", "out")
    assert shown.returncode == 0, shown.stdout + shown.stderr


def test_places_of_one_model_stand_in_their_order(tmp_path: Path) -> None:
    text = """
x-both: &both {api_version: 2025-01-01, region_name: eu}
model_list:
  - model_name: gpt
    litellm_params: {<<: *both, model: azure/late, api_base: https://late.example.com/,
      api_key: os.environ/L, order: 2, rpm: "30"}
    model_info: {base_model: azure/gpt-9, input_cost_per_token: 3e-6, output_cost_per_token: 9e-6}
  - model_name: gpt
    litellm_params: {<<: *both, model: azure/soon, api_base: https://soon.example.com,
      api_key: os.environ/S, order: 1, tpm: 9_000}
    model_info: {id: soon-eu, base_model: azure/gpt-9, input_cost_per_token: 4e-7, output_cost_per_token: "0.0000016"}
"""
    told = report(tmp_path, text)
    config = load(tmp_path / "out")
    assert [(place.name, place.model, place.region) for place in config.deployments] == [
        ("soon-eu", "gpt", "eu"),
        ("gpt-late", "gpt", "eu"),
    ]
    assert config.deployments[0].capacity.tokens_per_minute == 9000
    assert config.deployments[1].capacity.requests_per_minute == 30
    assert (config.prices["gpt"][0].input, config.prices["gpt"][0].output) == (Decimal("0.4"), Decimal("1.6"))
    assert "one model has one price" in "".join(lines(told, "meaning").values())
    settings = config.providers["soon"].settings
    assert (settings["style"], settings["api_version"], settings["models"]) == (
        "azure-deployments",
        "2025-01-01",
        {"gpt": "soon"},
    )


def test_different_models_under_one_name_are_a_policy_and_vectors_never(tmp_path: Path) -> None:
    text = """
model_list:
  - {model_name: mixed, litellm_params: {model: groq/llama-9, api_key: os.environ/G}}
  - {model_name: mixed, litellm_params: {model: mistral/m-large, api_key: os.environ/M}}
  - {model_name: vectors, litellm_params: {model: openai/text-embedding-3-small, api_key: os.environ/O},
     model_info: {mode: embedding}}
  - {model_name: vectors, litellm_params: {model: mistral/mistral-embed, api_key: os.environ/M},
     model_info: {mode: embedding}}
"""
    told = report(tmp_path, text)
    config = load(tmp_path / "out")
    assert [model.id for model in config.models] == ["mixed@groq", "mixed@mistral", "vectors"]
    assert config.policies["mixed"].models == ("mixed@groq", "mixed@mistral")
    assert "cannot be compared" in "".join(lines(told, "left_out").values())


def test_what_stops_protecting_comes_first_and_guardrails_before_all(tmp_path: Path) -> None:
    text = (
        TWO
        + """
  custom_auth: mine.check
  alerting: [slack]
guardrails:
  - guardrail_name: names-away
    litellm_params: {guardrail: presidio, mode: pre_call}
litellm_settings: {drop_params: true, max_end_user_budget: 3}
"""
    )
    told = report(tmp_path, text)
    kinds = [note["kind"] for note in told["notes"]]
    order = ["refused", "protection", "meaning", "left_out", "assumed", "unused", "carried"]
    assert kinds == sorted(kinds, key=order.index) and kinds[0] == "protection"
    assert {11, 13, 14} == {note["line"] for note in told["notes"][:3]}
    assert "names-away" in told["notes"][2]["sentence"]


def test_a_value_of_the_environment_is_written_out_and_said(tmp_path: Path) -> None:
    text = """
environment_variables: {VERSION: "2025-02-02"}
model_list:
  - model_name: a
    litellm_params: {model: azure/a, api_base: os.environ/BASE, api_key: os.environ/K, api_version: os.environ/VERSION}
"""
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    config, doubled = read_config(tmp_path / "config.yaml")
    made = convert(config, doubled, {"BASE": "https://a.example.com"}, date(2026, 1, 1), lambda *_: None)
    settings = made.files["providers.yaml"]["providers"]["a"]["settings"]
    assert (settings["base_url"], settings["api_version"]) == ("https://a.example.com", "2025-02-02")
    assert "BASE" in lines(made.to_json(), "meaning")[5]


def test_a_file_without_models_makes_no_folder(tmp_path: Path) -> None:
    for text in ("", "# nothing\n", "model_list: []\n", "model_list:\ngeneral_settings: {store_model_in_db: true}\n"):
        told = report(tmp_path, text)
        assert [note["kind"] for note in told["notes"]][:1] == ["refused"]
        assert "names no model" in told["notes"][0]["sentence"]


def test_local_servers_share_a_provider_and_have_no_key(tmp_path: Path) -> None:
    text = """
model_list:
  - model_name: small
    litellm_params: {model: "ollama_chat/llama3.2:3b", api_base: "http://box.example.com:11434"}
  - model_name: small-too
    litellm_params: {model: "openai/llama3.2:3b", api_base: "http://box.example.com:11434/v1/", api_key: ollama}
    model_info: {input_cost_per_token: 0, output_cost_per_token: 0}
  - model_name: path
    litellm_params: {model: openai//models/x.gguf, api_base: "http://10.0.0.7:1234/v1", api_key: none,
      timeout: 45, stream_timeout: 15}
litellm_settings: {num_retries: 0, request_timeout: 600}
"""
    told = report(tmp_path, text)
    config = load(tmp_path / "out")
    assert list(config.providers) == ["box", "10-0-0-7"]
    assert config.providers["box"].settings["models"] == {"small": "llama3.2:3b", "small-too": "llama3.2:3b"}
    assert config.providers["10-0-0-7"].settings["models"] == {"path": "/models/x.gguf"}
    assert config.providers["10-0-0-7"].settings["timeouts"] == {"first_token": 15, "whole": 45}
    assert written(tmp_path, "deployments.yaml")["retry"] == {"budget": 0}
    assert config.prices["small-too"][0].input == 0 and "costs 0" in lines(told, "meaning")[5]
    assert told["commands"][-1] == "fungible serve --config DIR --deadline 620"


def test_budgets_come_over_where_a_budget_can_say_them(tmp_path: Path) -> None:
    text = """
model_list:
  - model_name: a
    litellm_params: {model: openai/gpt-9, api_key: os.environ/K, max_budget: 40, budget_duration: 1d}
    model_info: {access_groups: [staff]}
litellm_settings:
  max_budget: 1500
  budget_duration: 30d
  default_internal_user_params: {max_budget: 25, budget_duration: 7d, models: [a], rpm_limit: 60}
router_settings: {provider_budget_config: {openai: {budget_limit: 60, time_period: 1mo}}}
"""
    told = report(tmp_path, text)
    budgets = written(tmp_path, "policies.yaml")["budgets"]
    assert [(row["name"], row["limit"], row["per"]) for row in budgets] == [
        ("everybody", "1500 USD", "month"),
        ("model-a", "40 USD", "day"),
        ("provider-openai", "60 USD", "month"),
    ]
    assert "7d is left out" in lines(told, "protection")[9].replace(" for", "")
    assert "calendar" in lines(told, "meaning")[8]
    assert told["commands"][:2] == [
        "fungible key create staff --models a",
        "fungible key create NAME --models a --requests-per-minute 60",
    ]


def test_wildcards_and_kinds_without_a_route_are_left_out(tmp_path: Path) -> None:
    text = """
model_list:
  - {model_name: "anthropic/*", litellm_params: {model: "anthropic/*", api_key: os.environ/A}}
  - {model_name: ears, litellm_params: {model: openai/whisper-1, api_key: os.environ/O}}
  - {model_name: cloud, litellm_params: {model: bedrock/anthropic.claude-9}}
  - {model_name: voice, litellm_params: {model: openai/tts-1, api_key: os.environ/O},
     model_info: {mode: audio_speech, input_cost_per_character: 0.000015}}
  - {model_name: bare, litellm_params: {model: gpt-9}}
"""
    told = report(tmp_path, text)
    assert set(lines(told, "left_out")) == {3, 4, 5}
    config = load(tmp_path / "out")
    assert [model.id for model in config.models] == ["voice", "bare"]
    assert set(config.providers) == {"anthropic", "openai"} | {"openai-2"}
    assert config.prices["voice"][0].input == 15
    assert imported(tmp_path, text, "--strict", name="again.yaml").returncode == 2


def test_strict_fails_where_something_did_not_come_over(tmp_path: Path) -> None:
    assert imported(tmp_path, TWO, "--strict").returncode == 0
    text = TWO.replace("model_list:", "model_list:\n  - {model_name: x, litellm_params: {model: openai/dall-e-3}}")
    (tmp_path / "b").mkdir()
    assert imported(tmp_path / "b", text, "--strict").returncode == 1


def test_includes_are_joined_and_never_leave_the_folder(tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text(
        "model_list:\n- {model_name: more, litellm_params: {model: xai/grok-9, api_key: os.environ/X}}\n",
        encoding="utf-8",
    )
    told = report(tmp_path, "include: [more.yaml]" + TWO)
    assert [model.id for model in load(tmp_path / "out").models] == ["quick", "deep", "more"]
    assert {note["file"] for note in told["notes"]} == {"config.yaml", "more.yaml"}
    (tmp_path / "b").mkdir()
    shown = imported(tmp_path / "b", "include: [../more.yaml, none.yaml]" + TWO)
    assert shown.returncode == 1
    assert "may not lead out" in shown.stdout and "is not there" in shown.stdout


def test_a_key_that_stands_twice_is_reported_with_both_lines(tmp_path: Path) -> None:
    told = report(tmp_path, "litellm_settings: {drop_params: true}" + TWO + "litellm_settings: {num_retries: 2}\n")
    assert "line 1" in lines(told, "protection")[10]
    assert 1 not in lines(told, "meaning")


def test_a_router_by_complexity_is_a_policy_with_rules(tmp_path: Path) -> None:
    text = TWO.replace(
        "model_list:",
        """model_list:
  - model_name: choose
    litellm_params:
      model: auto_router/complexity_router
      complexity_router_config: {tiers: {SIMPLE: quick, REASONING: deep}}
      complexity_router_default_model: quick""",
    )
    report(tmp_path, text)
    policy = load(tmp_path / "out").policies["choose"]
    assert {rule.name for rule in policy.rules} == {"complexity-low", "complexity-high"}


def test_unreadable_yaml_is_refused_with_its_line(tmp_path: Path) -> None:
    for text, line in (("a: [1\nb: 2\n", 2), ("a: 1\n---\nb: 2\n", 2), ("a: *b\n", 1), ("- a\n", 1)):
        told = report(tmp_path, text)
        assert [(note["kind"], note["line"]) for note in told["notes"]] == [("refused", line)]


def test_anchors_that_expand_to_too_much_are_refused(tmp_path: Path) -> None:
    rows = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 8))
    told = report(tmp_path, f"a0: &a0 [x]\n{rows}\n")
    assert "expand to too much" in told["notes"][0]["sentence"]


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    imported(tmp_path, TWO)
    before = (tmp_path / "out" / "policies.yaml").read_bytes()
    shown = imported(tmp_path, CHAIN)
    assert shown.returncode == 2 and "is there already" in shown.stderr
    assert (tmp_path / "out" / "policies.yaml").read_bytes() == before


def test_names_that_look_like_numbers_stay_texts(tmp_path: Path) -> None:
    report(tmp_path, TWO.replace("quick", '"4e7"').replace("deep", '"no"'))
    assert [model.id for model in load(tmp_path / "out").models] == ["4e7", "no"]
