"""kill -9 at random moments: what was acknowledged is there, or is no older than the window; the log is always sound.

`FUNGIBLE_KILLS=200` makes it the long test; `fungible bench kills` does the same to a whole server.
"""

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from router.ledger.group_writer import GATHER_S

KILLS = int(os.environ.get("FUNGIBLE_KILLS", "10"))
# A busy disk may take this long to sync the group that was being written.
COMMIT_S = 2.0


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.parametrize("durability", ["refuse", "degrade"])
def test_no_kill_breaks_the_log_or_a_promise(tmp_path: Path, durability: str) -> None:
    tests = Path(__file__).parents[2]
    terms = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)])}
    command = [sys.executable, "-m", "unit.ledger_kills", str(tmp_path), durability, str(KILLS)]
    done = subprocess.run(command, env=terms, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    body = orjson.loads(done.stdout)
    assert body["findings"] == []
    assert body["acknowledged"] >= KILLS
    if durability == "refuse":
        assert body["lost"] == 0
    assert body["oldest_s"] <= GATHER_S + COMMIT_S
