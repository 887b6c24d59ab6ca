"""The walk around an edit, as the pages print it: coverage, a candidate up to its promotion, the log."""

import re
import shlex
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from cli.running import Shown, fungible

from router.api.assembly import assemble
from router.bench.demo.workload import run_cases
from router.config import load
from router.config.files.seed_data import load_workload
from router.config.load import POLICIES, SEEDS
from router.ledger import SqliteLedger

DOCS = Path(__file__).resolve().parents[2] / "docs"


def commands(page: str, heading: str) -> list[str]:
    """The commands of the first block below a heading."""
    text = (DOCS / page).read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2]
    block = re.search(r"```sh\n(.*?)```", text, re.DOTALL)
    assert block, heading
    return [line for line in block[1].splitlines() if line.startswith("fungible")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a configuration, another policies.yaml, and a log of requests."""
    made = tmp_path_factory.mktemp("loop")
    for name in ("my-config", "gateway"):
        (made / name).mkdir()
        for file in SEEDS.glob("*.yaml"):
            shutil.copy(file, made / name / file.name)
    text = (SEEDS / POLICIES).read_text(encoding="utf-8")
    (made / "new.yaml").write_text(re.sub(r"band: 0\.02", "band: 0.03", text, count=1), encoding="utf-8")
    (made / "log").mkdir()
    serve(made, made / "log")
    return made


def serve(folder: Path, data: Path) -> None:
    """Serve a few requests of today."""
    with closing(SqliteLedger(data / "ledger.sqlite3")) as ledger:
        run_cases(assemble(load(folder / "my-config"), ledger), load_workload()[:30], "auto")


def run(folder: Path, line: str) -> Shown:
    return fungible(folder, *shlex.split(line, comments=True)[1:])


def test_coverage_of_the_ci_page_judges(folder: Path) -> None:
    by_tests, by_traffic = commands("ci.md", "What nobody tries, and what nobody needs")
    assert run(folder, by_tests).returncode == 0, run(folder, by_tests).stdout
    shown = run(folder, by_traffic)
    assert (shown.returncode, "to the 30 requests of 30 days" in shown.stdout) in ((0, True), (1, True))


def test_a_candidate_walks_as_the_page_says(folder: Path) -> None:
    put, show, promote, drop = commands("policies.md", "Candidates")
    made = run(folder, put)
    assert made.returncode == 0, made.stderr
    serve(folder, folder / "data")
    assert "30 requests decided under both" in run(folder, show).stdout
    assert "is in force" in run(folder, promote).stdout
    assert "No candidate is being tried" in run(folder, drop).stderr
    logged = run(folder, "fungible policy log").stdout
    assert ("promised  30 requests" in logged, "actual    no request" in logged) == (True, True)
