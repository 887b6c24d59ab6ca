"""A LiteLLM configuration with a little of everything: each line has its sentence, and the folder lints clean."""

from pathlib import Path

import orjson

from cli.running import fungible
from router.config import load

TEXT = """
credential_list:
- credential_name: west
  credential_values: {api_key: os.environ/WEST, api_base: "https://west.example.com/openai/v1/", api_version: preview}
model_list:
- model_name: big
  litellm_params: {model: azure/big, litellm_credential_name: west, weight: 8, rpm: x, tags: [claims], max_budget: 5}
  model_info: {base_model: azure/gpt-9, supports_function_calling: true, input_cost_per_second: 1, max_tokens: none}
- model_name: big
  litellm_params: {model: openai/gpt-9, api_key: os.environ/O, weight: 2, budget: 3, mode: chat}
- model_name: mixed
  litellm_params: {model: groq/llama-9, api_key: os.environ/G, tags: [sandbox, default], mock_response: hi}
- model_name: mixed
  litellm_params: {model: xai/grok-9, api_key: os.environ/X, additional_drop_params: [user], timeout: soon}
- model_name: solo
  litellm_params:
    model: mistral/m-9
    api_key: os.environ/M
    organization: acme
    extra_headers: {x-plan: gold, x-auth: hidden-value-here}
    reasoning_effort: high
- model_name: vectors
  litellm_params: {model: openai/text-embedding-9, api_key: os.environ/O}
- model_name: gone
  litellm_params: {model: vertex_ai/gemini-9}
litellm_settings:
  fallbacks: [{solo: [gone, {model: mixed}]}, {gone: [solo]}, {"*": [solo]}, {vectors: [solo]}]
  default_fallbacks: [mixed]
  content_policy_fallbacks: [{solo: [big]}]
  model_alias_map: {"p-*": solo, solo: big, ok: big}
  success_callback: [lakera_prompt_injection, mine.hook, otel]
  cache: true
  cache_params: {type: redis-semantic}
  nonsense_key: 1
  max_budget: none
router_settings:
  enable_tag_filtering: true
  routing_strategy: fastest
  timeout: 30
  cooldown_time: 600
  allowed_fails: 2
  num_retries: 2
  provider_budget_config: {xai: {budget_limit: 9, time_period: 2h}, cohere: {budget_limit: 1, time_period: 1d}}
general_settings: {completion_model: big, fallbacks: [], database_url: os.environ/D, global_max_parallel_requests: 9}
prompts: []
gardrails: [x]
"""
EXPECTED = {
    "protection": [
        "rpm is no number",
        "'gone' is not there to step in",
        "content_policy_fallbacks",
        "lakera_prompt_injection",
        "mine.hook",
        "completion_model",
        "global_max_parallel_requests",
        "fallbacks belongs into",
        "max_budget is no sum",
        "for 2h is left out",
        "'gardrails' is no section",
    ],
    "meaning": [
        "by weight (8 : 2)",
        "a fallback with parameters",
        "reasoning_effort can't be fixed",
        "a similar question",
        "the tag `default`",
        "routing_strategy fastest: is not known",
        "never begins again",
        "a budget of one place of 'big'",
        "600 s",
        "'budget' is unknown to LiteLLM",
    ],
    "left_out": [
        "mock_response",
        "the header x-auth can't be set",
        "the alias 'p-*'",
        "the alias 'solo' has the name of a model",
        "'nonsense_key'",
        "a chain of 'gone'",
        "a timeout that is no number",
        "input_cost_per_second",
        "of 'cohere', of which no model",
        "'mode' belongs into `model_info`",
        "can't step in for 'vectors'",
        "max_tokens is no number",
    ],
}


def test_a_little_of_everything(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(TEXT, encoding="utf-8")
    shown = fungible(tmp_path, "import", "litellm", "config.yaml", "--out", "out", "--json")
    told = orjson.loads(shown.stdout)
    sentences = {kind: [note["sentence"] for note in told["notes"] if note["kind"] == kind] for kind in EXPECTED}
    missing = {
        kind: lost
        for kind, words in EXPECTED.items()
        if (lost := [word for word in words if not any(word in sentence for sentence in sentences[kind])])
    }
    assert (missing, [note for note in told["notes"] if note["kind"] == "refused"]) == ({}, [])
    assert "hidden-value-here" not in shown.stdout
    lint = fungible(tmp_path, "policy", "lint", "--config", "out")
    assert lint.stdout == "0 errors, 0 warnings\n"
    config = load(tmp_path / "out")
    assert config.providers["mistral"].settings["headers"] == {"x-plan": "gold", "OpenAI-Organization": "acme"}
    assert config.aliases["ok"] == "big"
    assert [rule.name for rule in config.policies["mixed"].rules] == ["tag-sandbox"]
