"""What `fungible import litellm` refuses: all at once, and with --skip-refused the rest is written."""

from pathlib import Path

import orjson

from cli.test_import_litellm import imported, lines, report
from router.config import load

MODEL_LIST = """model_list:
  - model_name: sound
    litellm_params: {model: openai/gpt-5, api_key: os.environ/K}
"""
FAULTY = """
model_list:
  - model_name: a
    litellm_params: {model: openai/gpt-9, api_key: sk-proj-clear-and-secret}
  - model_name: b
    litellm_params: {model: openai/gpt-9, api_bse: https://b.example.com}
  - model_name: c
    litelm_params: {model: openai/gpt-9}
  - model_name: d
    litellm_params: {model: openai/x, api_base: "https://me:a-secret-word@d.example.com"}
  - model_name: e
    litellm_params: {model: openai/x, api_base: "https://os.environ/HOST/v1"}
  - model_name: f
    litellm_params: {model: openai/x, api_base: os.environ/NOT_SET}
  - litellm_params: {model: openai/x}
  - model_name: g
    litellm_params: {model: nobody/x}
  - model_name: h
environment_variables: {SOME_API_KEY: another-secret-value}
router_settings: {fallbacks: [{a: [zz]}, {yy: [b]}]}
"""
SECRETS = ("clear-and-secret", "a-secret-word", "another-secret-value")


def test_every_fault_is_reported_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    shown = imported(tmp_path, FAULTY)
    told = report(tmp_path, FAULTY)
    assert set(lines(told, "refused")) == {4, 6, 8, 10, 12, 14, 15, 17, 18, 19, 20}
    assert "did you mean 'api_base'" in lines(told, "refused")[6]
    assert not [secret for secret in SECRETS if secret in shown.stdout + shown.stderr]
    assert "Nothing was written: 11 faults in config.yaml.\n" in shown.stdout


def test_the_rest_is_written_where_refused_lines_are_skipped(tmp_path: Path) -> None:
    text = FAULTY.replace("model_list:\n", MODEL_LIST)
    assert "in config.yaml. Mend them, or write the rest with --skip-refused." in imported(tmp_path, text).stdout
    shown = imported(tmp_path, text, "--skip-refused", "--json")
    told = orjson.loads(shown.stdout)
    assert (shown.returncode, told["refused"], told["counts"]["refused"]) == (0, False, 11)
    assert [model.id for model in load(tmp_path / "out").models] == ["sound"]
    written = "".join(file.read_text(encoding="utf-8") for file in (tmp_path / "out").iterdir())
    assert not [secret for secret in SECRETS if secret in shown.stdout + written]


def test_a_row_with_a_refused_line_is_left_out_whole(tmp_path: Path) -> None:
    """Without its credential, the key of another backend would be sent to it."""
    rows = ("litellm_credential_name: nobody", "region_name: os.environ/R", "aws_secret_access_key: sk-a-clear-one")
    text = MODEL_LIST + "".join(
        f"  - model_name: m{number}\n    litellm_params: {{model: openai/m, api_key: os.environ/K, {row}}}\n"
        for number, row in enumerate(rows)
    )
    shown = imported(tmp_path, text, "--skip-refused", "--strict")
    assert shown.returncode == 1
    assert "Refused, and left out" in shown.stdout
    assert [model.id for model in load(tmp_path / "out").models] == ["sound"]


def test_nothing_is_written_where_nothing_is_left(tmp_path: Path) -> None:
    shown = imported(tmp_path, FAULTY, "--skip-refused")
    assert (shown.returncode, "nothing to serve" in shown.stdout) == (1, True)
    assert not (tmp_path / "out").exists()
