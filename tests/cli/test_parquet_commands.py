"""`fungible ledger export --parquet`, `ledger import` and a replay of what they wrote, as a person types them."""

from contextlib import closing
from pathlib import Path

import pytest
from unit.ledger_samples import fill

from cli.running import fungible
from router.bench.loop.synthetic_log import write_synthetic_log
from router.cli.policy.policy_replay import Gate, run
from router.cli.policy.replay_parquet import Machines
from router.errors import BadRequest
from router.ledger import SqliteLedger
from router.ledger.location import LEDGER, Place


def test_a_log_goes_out_and_in_again(tmp_path: Path) -> None:
    data, log = tmp_path / "data", tmp_path / "log"
    with closing(SqliteLedger(data / LEDGER)) as ledger:
        fill(ledger, 0, 3)
    out = fungible(tmp_path, "ledger", "export", "--parquet", str(log), "--receipts", "--data", str(data))
    assert f"{log} holds 3 requests of 1 day(s)" in out.stdout, out.stderr
    into = fungible(tmp_path, "ledger", "import", str(log), "--data", str(tmp_path / "other"))
    assert "took in 3 receipts, 0 configurations" in into.stdout, into.stderr
    both = fungible(tmp_path, "ledger", "export", "x.jsonl", "--parquet", str(log), "--data", str(data))
    assert (both.returncode, "write one of them" in both.stderr) == (2, True)
    neither = fungible(tmp_path, "ledger", "export", "--data", str(data))
    assert "Name the file to write, or a folder with --parquet" in neither.stderr


def test_a_replay_of_files_shows_its_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert write_synthetic_log(tmp_path / "log", 1500) == 1
    place, pattern = Place(tmp_path), f"{tmp_path}/log/*.parquet"
    run("balanced", "cost", pattern, None, place, None, None, Gate(), as_json=False)
    assert "balanced → cost, 1,500 requests" in capsys.readouterr().out


def test_ray_is_for_files_alone(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="--ray is for logs in Parquet"):
        run(
            "balanced",
            "cost",
            "workload",
            None,
            Place(tmp_path),
            None,
            None,
            Gate(),
            as_json=True,
            machines=Machines(True),
        )
