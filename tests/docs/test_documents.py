"""The documents are true: commands exist, examples load and run, limits are the real ones."""

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import yaml
from cli.running import COMMANDS
from pydantic import TypeAdapter

from router.api.assembly import shipped_reader
from router.api.live_config import try_with
from router.config import load
from router.config.files.seed_data import load_facts, load_workload
from router.config.load import sources_with, with_policies
from router.decision.fallback import MOST_ATTEMPTS
from router.decision.resolve import policy_names
from router.policy.lint import lint
from router.serving.limits import Limits
from router.types import EXCLUSIONS, NOTE_KINDS, TASKS, Parameters, PromptCache, ProviderRow

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SERVING = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def test_the_two_commands_stand_at_the_top_and_are_what_ci_runs() -> None:
    first = blocks(ROOT / "README.md", "sh")[0].splitlines()
    assert first == ["python3 .setup demo", "python3 .setup test"]
    assert README.index(first[0]) < 1500
    assert r"python3 \.setup test" in (ROOT / ".ci" / "run").read_text()


def test_the_setup_script_explains_itself_without_installing() -> None:
    shown = subprocess.run([sys.executable, ROOT / ".setup"], capture_output=True, text=True, check=False)
    assert shown.returncode == 1
    assert "demo | serve | test" in shown.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_named_exists(page: Path) -> None:
    for line in re.findall(r"fungible ([a-z]+(?: [^`\n#|]*)?)[`\n#|]", page.read_text(encoding="utf-8")):
        command, words = COMMANDS, line.split()
        while words and words[0] in (inner := getattr(command, "commands", {})):
            command = inner[words.pop(0)]
        command = getattr(command, "without_name", command)
        assert not getattr(command, "commands", {}) or not words, line
        known = {name for parameter in command.params for name in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known | {"--help"}, line


def test_the_policy_examples_load(tmp_path: Path) -> None:
    for number, text in enumerate(blocks(ROOT / "docs" / "policies.md", "yaml")):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "policies.yaml").write_text(text, encoding="utf-8")
        config = load(folder)
        assert set(config.policies) == set(yaml.safe_load(text)["policies"])


EXAMPLES = blocks(ROOT / "docs" / "policies.md", "yaml")


def test_there_are_ten_worked_examples() -> None:
    assert len(EXAMPLES) == 10


@pytest.mark.parametrize("text", EXAMPLES, ids=range(1, len(EXAMPLES) + 1))
def test_a_worked_example_does_what_its_tests_say_and_nothing_is_found_in_it(text: str) -> None:
    config = with_policies(load(), text.encode())
    tried = try_with(config, shipped_reader())
    assert tried
    assert [outcome.sentence for outcome in tried if not outcome.passed] == []
    assert lint(sources_with(load(), text.encode()), date(2026, 11, 21), 180) == ()


def test_the_ramp_example_loads(tmp_path: Path) -> None:
    text, _ = blocks(ROOT / "docs" / "ramps.md", "yaml")
    (tmp_path / "ramps.yaml").write_text(text, encoding="utf-8")
    (plan,) = load(tmp_path).plans
    assert (plan.approvals, plan.standard_of("translation").margin, len(plan.steps)) == (2, 0.03, 6)


def test_the_provider_example_loads() -> None:
    (text,) = blocks(ROOT / "docs" / "serving.md", "yaml")
    settings = yaml.safe_load(text)["providers"]["gpt"]["settings"]
    from providers.gpt import create

    assert create(settings)


def test_every_preset_of_a_provider_can_be_created(monkeypatch: pytest.MonkeyPatch) -> None:
    presets, *rows_of_models = blocks(ROOT / "docs" / "providers.md", "yaml")
    from providers.anthropic.adapter import create as anthropic
    from providers.openai.adapter import create as openai

    rows = yaml.safe_load(presets)["providers"]
    assert len(rows) == 11
    for row in rows.values():
        monkeypatch.setenv(row["settings"].get("key_env", "NONE"), "a-key-of-a-test")
        settings = {name: str(value) if name == "api_version" else value for name, value in row["settings"].items()}
        assert {"openai": openai, "anthropic": anthropic}[row["adapter"]](settings)
    parameters, keeping, cache = (yaml.safe_load(text) for text in rows_of_models)
    (row,) = TypeAdapter(dict[str, ProviderRow]).validate_python(keeping["providers"]).values()
    assert row.keep_error_text
    assert TypeAdapter(Parameters).validate_python(
        {"source": "a test", "date": "2026-11-01", **parameters["parameters"]}
    )
    assert TypeAdapter(PromptCache).validate_python(cache["prompt_cache"]).least_tokens == 1024


def test_the_local_example_and_the_deployments_load(tmp_path: Path) -> None:
    local = load(ROOT / "docs" / "examples" / "local")
    assert {model.id for model in local.models if not model.stand_in} == {"smollm2-135m", "gemma3-270m"}
    assert [(ramp.original, ramp.substitute) for ramp in local.ramps] == [("gemma3-270m", "smollm2-135m")]
    assert all(f"`{kind}`" in (ROOT / "docs" / "providers.md").read_text(encoding="utf-8") for kind in NOTE_KINDS)
    text, *_ = blocks(ROOT / "docs" / "deployments.md", "yaml")
    (tmp_path / "deployments.yaml").write_text(text, encoding="utf-8")
    assert [deployment.gpu for deployment in load(tmp_path).deployments] == ["H100", "GB200"]


def test_the_readme_names_the_policies_and_their_widths() -> None:
    config = load()
    for name in config.policies:
        assert f"`{name}`" in README
    assert (config.policies["balanced"].band, config.policies["cost"].band) == (0.02, 0.06)
    assert "model-router" in policy_names(config)


def test_the_limits_in_the_documents_are_the_real_ones() -> None:
    limits = Limits()
    assert f"| requests in flight | {limits.in_flight} " in SERVING
    assert f"| body | {limits.body_bytes // 1024**2} MiB |" in SERVING
    assert f"| bodies awaited at once | {limits.bodies} |" in SERVING
    assert f"| time for a body | {limits.body_s:g} s |" in SERVING
    assert f"{limits.head_bytes // 1024} KiB, {limits.head_s:g} s |" in SERVING
    assert f"| to a first token, and in a stream from one to the next | {limits.deadline_s:g} s " in SERVING
    assert f"| models tried | {MOST_ATTEMPTS} |" in SERVING


def test_every_exclusion_is_documented() -> None:
    page = (ROOT / "docs" / "routing.md").read_text(encoding="utf-8")
    for code in EXCLUSIONS:
        assert f"`{code}`" in page


def test_the_workload_is_what_the_readme_says() -> None:
    cases = load_workload()
    assert f"{len(cases)} prompts of {len(TASKS)} kinds" in README
    assert len(cases) >= 400
    assert sum(case.language == "ko" for case in cases) >= 120
    assert {case.task for case in cases} == set(TASKS)
    assert len({case.messages for case in cases}) == len(cases)
    for task in TASKS:
        difficulties = [case.difficulty for case in cases if case.task == task]
        assert min(difficulties) <= -2
        assert max(difficulties) >= 1.5


def test_every_row_of_the_story_has_a_fact_with_a_source() -> None:
    facts = load_facts()
    ids = {fact.id for fact in facts}
    assert len(ids) == len(facts)
    assert {f"R{number}" for number in range(1, 16)} <= {fact.row for fact in facts}
    for fact in facts:
        assert fact.corrected_by is None or fact.corrected_by in ids
        assert (fact.corrected_by is not None) == (fact.status == "corrected")


def test_the_example_answer_is_the_real_one() -> None:
    from router.api.assembly import assemble
    from router.ledger import SqliteLedger
    from router.serving.request_context import RequestContext
    from router.types import ChatRequest, Message

    (asked,) = re.findall(r'"content": "([^"]+)"\}\]\}\'', README)
    (served,) = re.findall(r"x-fungible-served: (\S+)", README)
    considered = assemble(load(), SqliteLedger()).consider(
        ChatRequest("auto", (Message("user", asked),)), RequestContext("t")
    )
    assert considered.decision.chosen == served
