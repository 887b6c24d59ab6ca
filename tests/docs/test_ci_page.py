"""Every command of the gate runs, on the page and in both files, and the limits close it."""

import re
import shlex
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from cli.running import fungible

from router.api.assembly import assemble
from router.bench.demo.workload import run_cases
from router.config import load
from router.config.files.seed_data import load_workload
from router.config.load import SEEDS
from router.ledger import SqliteLedger

ROOT = Path(__file__).resolve().parents[2]
GITHUB: dict[str, Any] = yaml.safe_load((ROOT / "docs/examples/ci/github.yml").read_text(encoding="utf-8"))
GITLAB: dict[str, Any] = yaml.safe_load((ROOT / "docs/examples/ci/gitlab.yml").read_text(encoding="utf-8"))
PAGE = re.findall(r"```sh\n(.*?)```", (ROOT / "docs/ci.md").read_text(encoding="utf-8"), re.DOTALL)


def gate(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("fungible policy")]


FILES = {
    "page": gate(PAGE[0].splitlines()),
    "github": gate([step.get("run", "") for step in GITHUB["jobs"]["gate"]["steps"]]),
    "gitlab": gate(GITLAB["policy"]["script"]),
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("gateway", "before/gateway"):
        (folder / name).mkdir(parents=True)
        for file in SEEDS.glob("*.yaml"):
            shutil.copy(file, folder / name / file.name)
    (folder / "log").mkdir()
    with closing(SqliteLedger(folder / "log" / "ledger.sqlite3")) as ledger:
        service = assemble(load(folder / "gateway"), ledger, salt=b"gate")
        run_cases(service, load_workload()[:40], "auto")
    return folder


def test_page_and_files_run_the_same() -> None:
    assert FILES["page"] == FILES["github"] == FILES["gitlab"]
    assert [line.split()[2] for line in FILES["page"]] == ["lint", "test", "diff", "replay"]


def test_a_change_that_changes_nothing_passes(checkout: Path) -> None:
    for line in FILES["page"]:
        shown = fungible(checkout, *shlex.split(line)[1:])
        assert shown.returncode == 0, line + shown.stdout + shown.stderr
    comment = (checkout / "replay.md").read_text(encoding="utf-8")
    assert "**Within the limits**; 40 requests" in comment


def test_a_change_past_the_limits_does_not(checkout: Path) -> None:
    file = checkout / "gateway" / "policies.yaml"
    kept = file.read_text(encoding="utf-8")
    file.write_text(kept.replace("band: 0.02", "band: 0.3", 1), encoding="utf-8")
    shown = fungible(checkout, *shlex.split(FILES["page"][-1])[1:])
    file.write_text(kept, encoding="utf-8")
    assert shown.returncode == 1
    comment = (checkout / "replay.md").read_text(encoding="utf-8")
    assert comment.startswith("### Policy replay:") and "**Past a limit**" in comment and "| cost |" in comment


def test_a_name_cannot_leave_its_cell() -> None:
    from router.cli.policy.replay_comment import _cell

    assert not set("|`[]<>@*") & set(_cell("a|b `c` [x](y) <b> @all *\n| d |"))


def test_the_workflow_gives_a_fork_nothing() -> None:
    assert "pull_request_target" not in GITHUB[True]
    assert GITHUB["permissions"] == {"contents": "read", "pull-requests": "write"}
