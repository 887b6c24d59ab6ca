"""`fungible fleet` as a person types it, over a ledger of requests that spilled from one deployment to the next."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.running import Shown, fungible
from router.api.assembly import assemble
from router.bench.demo.workload import run_cases
from router.config import load
from router.config.files.seed_data import load_workload
from router.ledger import SqliteLedger
from router.serving.deployments.deployment_pool import DeploymentPool

DEPLOYMENTS = """deployments:
  - name: gpt-5-sweden-central
    model: gpt-5
    provider: gpt
    region: eu
    cloud: Azure
    gpu: H100
    capacity: {requests_per_minute: 30, tokens_per_minute: 1234567, in_flight: 64}
  - {name: gpt-5-virginia, model: gpt-5, provider: gpt, region: us, cloud: CoreWeave, gpu: GB200}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a configuration, `mine`, and what was served under it."""
    made = tmp_path_factory.mktemp("fleet")
    (made / "mine").mkdir()
    (made / "mine" / "deployments.yaml").write_text(DEPLOYMENTS)
    ledger = SqliteLedger(made / "data" / "ledger.sqlite3")
    service = assemble(load(made / "mine"), ledger, salt=b"a test")
    service.clock = lambda: datetime(2026, 11, 2, 12, tzinfo=UTC)
    service.state.pool = DeploymentPool(service.config, clock=lambda: 0.0)
    run_cases(service, load_workload()[:50], "gpt-5", "exact")
    service.clock = lambda: datetime(2026, 11, 3, 12, tzinfo=UTC)
    run_cases(service, load_workload()[:10], "mai-1", "exact")
    ledger.close()
    return made


def fleet(folder: Path, *words: str, columns: str = "120") -> Shown:
    shown = fungible(folder, "fleet", *words, columns=columns)
    assert shown.returncode == 0, shown.stderr
    assert "Traceback" not in shown.stderr
    return shown


def row(shown: Shown, name: str) -> list[list[str]]:
    """The words after a name, in every table that has a row of it."""
    lines = [line.split() for line in shown.stdout.splitlines()]
    return [words[words.index(name) + 1 :] for words in lines if name in words]


def test_it_tells_what_each_deployment_was_offered_took_and_waived(folder: Path) -> None:
    shown = fleet(folder, "--config", "mine")
    assert "2026-11-02 to 2026-11-03: 60 requests logged; 80 offers to deployments" in shown.stdout
    where, counts = row(shown, "gpt-5-sweden-central")
    assert where == ["eu", "Azure", "H100", "30", "req/min,", "1,234,567", "tok/min,", "64", "at", "once"]
    assert counts[:7] == ["50", "30", "60.0", "%", "20", "0", "0"]
    assert counts[7] == "30"
    where, counts = row(shown, "gpt-5-virginia")
    assert where == ["us", "CoreWeave", "GB200", "no", "limit"]
    assert counts[:8] == ["20", "20", "100.0", "%", "0", "0", "0", "20"]
    assert row(shown, "mai-1")[0][:3] == ["10", "10", "100.0"], "at one place it has one row"


def test_it_tells_what_an_hour_of_each_generation_gives(folder: Path) -> None:
    shown = fleet(folder, "--config", "mine")
    *_, tokens, dollars = row(shown, "gpt-5")
    assert " ".join(tokens) == "~ 5M / 500k 12.5M / 1.25M • 50M / 5M •"
    assert dollars == ["~", "$6.000", "$4.000", "$2.400"]
    assert row(shown, "speed")[0] == ["×", "0.4", "×", "1", "×", "4"]
    text = " ".join(shown.stdout.split())
    assert "~ Assumed, since nobody published it: GPU-hours of gpt-5, gpt-5-mini," in text
    assert "speed and rate of A100, H100, GB200." in text
    assert "? No GPU-hours are known of text-embedding-3-small" in text
    assert "• The model is deployed on that generation." in text


@pytest.mark.parametrize("columns", ["80", "100", "120"])
def test_nothing_is_cut_off_at_any_width(folder: Path, columns: str) -> None:
    lines = fleet(folder, "--config", "mine", columns=columns).stdout.splitlines()
    assert all(len(line) <= int(columns) for line in lines)
    assert not [line for line in lines if "…" in line]


def test_json_is_for_programs(folder: Path) -> None:
    body = json.loads(fleet(folder, "--config", "mine", "--json").stdout)
    gpt, mai = body["models"]
    assert [deployment["deployment"] for deployment in gpt["deployments"]] == ["gpt-5-sweden-central", "gpt-5-virginia"]
    assert gpt["offered"] == gpt["taken"] + gpt["full"] + gpt["ejected"] + gpt["barred_by_region"] == 70
    assert sum(deployment["output_tokens"] for deployment in gpt["deployments"]) == gpt["output_tokens"] > 0
    assert (mai["model"], body["requests"]) == ("mai-1", 60)
    assert body["matrix"]["models"][0]["generations"][2]["usd_per_million_output_tokens"] == "2.4"


def test_a_part_of_the_time(folder: Path) -> None:
    assert "10 requests logged" in fleet(folder, "--since", "2026-11-03").stdout
    body = json.loads(fleet(folder, "--until", "2026-11-02", "--json").stdout)
    assert (body["requests"], body["matrix"]["day"]) == (50, "2026-11-02")
    assert "No request was logged in that time" in fleet(folder, "--until", "2024-01-01").stdout


def test_deployments_that_are_gone_keep_their_rows(folder: Path) -> None:
    shown = fleet(folder)
    assert row(shown, "gpt-5-virginia")[0] == ["us", "CoreWeave", "GB200", "gone"]
    assert "– gpt-5-sweden-central" in shown.stdout
    assert "No model has deployments" not in shown.stdout


def test_before_anything_is_logged_it_says_what_to_do_and_shows_the_matrix(folder: Path, tmp_path: Path) -> None:
    text = " ".join(fleet(tmp_path).stdout.split())
    assert "nothing logged" in text
    assert "No model has deployments: write in deployments.yaml" in text
    assert "ledger.sqlite3: serve some with `fungible serve`" in text
    assert "12.5M / 1.25M" in text
    assert not (tmp_path / "data").exists(), "looking makes nothing"
    deployed = fleet(tmp_path, "--config", str(folder / "mine")).stdout
    assert "gpt-5-virginia" in deployed
    assert json.loads(fleet(tmp_path, "--json").stdout)["models"] == []


def test_without_offers_what_was_served_is_told(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "data" / "ledger.sqlite3")
    run_cases(assemble(load(), ledger, salt=b"a test"), load_workload()[:3], "gpt-5", "exact")
    ledger.close()
    shown = fleet(tmp_path)
    assert "3 requests logged\n" in shown.stdout
    assert "Offers" not in shown.stdout
    assert row(shown, "gpt-5")[0][0] == "3"
    assert "No model has deployments" in shown.stdout


def test_a_gpu_that_nobody_prices_is_told(tmp_path: Path) -> None:
    (tmp_path / "deployments.yaml").write_text("deployments: [{name: a, model: gpt-5, provider: gpt, gpu: B300}]\n")
    (tmp_path / "contracts.yaml").write_text(
        "costs:\n  gpt-5: [{since: 2026-01-01, source: x, status: signed,"
        " gpu: {input: 0, output: 0.001, cached_input: 0, rate: 1, utilisation: 1}}]\n"
        "gpus: {H100: [{since: 2026-01-01, source: x, status: signed, rate: 1, speed: 1}]}\n"
    )
    text = " ".join(fleet(tmp_path, "--config", str(tmp_path)).stdout.split())
    assert "`gpus` in contracts.yaml does not know B300" in text
    assert "gpt-5 – / 1B" in text
    assert "~" not in text
    (tmp_path / "contracts.yaml").write_text("platform: Microsoft\n")
    assert "No GPU-hours are known of gpt-5," in fleet(tmp_path, "--config", str(tmp_path)).stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [(("--since", "tomorrow"), "write a day such as 2026-11-01"), (("--config", "nowhere"), "is not a folder")],
)
def test_mistakes_are_told_in_a_sentence(tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    shown = fungible(tmp_path, "fleet", *words)
    assert shown.returncode == 2
    assert sentence in shown.stderr
