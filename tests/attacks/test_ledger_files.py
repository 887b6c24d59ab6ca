"""Files of a ledger that vanish, are replaced, damaged or full under a server: nothing is acknowledged unrecorded."""

import shutil
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from attacks.ledger_server import Served, eventually, serving
from router.ledger.db.checkpointer import EVERY_S

LEDGER = "ledger.sqlite3"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")


def kept(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / LEDGER)) as database:
        return {name for (name,) in database.execute("SELECT id FROM receipts")}


def test_a_folder_that_is_deleted_under_the_server_is_noticed_before_anything_is_acknowledged(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with serving(folder, "--durability", "refuse") as server:
        assert server.ask() == 200
        assert (folder.stat().st_mode & 0o777, (folder / LEDGER).stat().st_mode & 0o777) == (0o700, 0o600)
        folder.rename(tmp_path / "elsewhere")
        assert [server.ask() for _ in range(3)] == [503, 503, 503]
        status, words = server.get("/readyz")
        assert (status, "deleted while it was open" in words) == (503, True)
        assert "fungible_ledger_sound 0.0" in server.get("/metrics")[1]
        (tmp_path / "elsewhere").rename(folder)
        assert eventually(lambda: server.get("/readyz")[0] == 200)
        assert server.ask() == 200
        server.stop()
    assert set(server.ids) <= kept(folder)


def test_a_folder_that_is_replaced_is_noticed_where_nobody_asks(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with serving(folder, "--durability", "refuse") as server:
        assert server.ask() == 200
        shutil.copytree(folder, tmp_path / "copy")
        shutil.rmtree(folder)
        (tmp_path / "copy").rename(folder)
        assert eventually(lambda: server.get("/readyz")[0] == 503)
        assert "replaced while it was open" in server.get("/readyz")[1]
        assert server.ask() == 503


def test_a_page_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        assert [server.ask() for _ in range(40)] == [200] * 40
        server.stop()
    path = tmp_path / "data" / LEDGER
    with closing(sqlite3.connect(path)) as database:
        (page,) = database.execute("PRAGMA page_size").fetchone()
        (root,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'receipts'").fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * page)
        file.write(b"\xff" * 200)
    with serving(tmp_path / "data") as again:
        assert again.get("/readyz")[0] == 200
        assert again.get(f"/v1/receipts/{server.ids[7]}")[0] == 503
        status, words = again.get("/readyz")
    assert (status, "malformed" in words) == (503, True)


def full(server: Served) -> bool:
    """Whether there is no room for a receipt, nor any a moment later, when the log has gone into its file."""
    if server.ask() != 503:
        return False
    time.sleep(2.5 * EVERY_S)
    return server.ask() == 503


@pytest.mark.parametrize("durability", ["refuse", "degrade"])
def test_a_disk_that_is_full_loses_nothing_acknowledged_and_the_stop_says_what_was_lost(
    tmp_path: Path, durability: str
) -> None:
    """Where answers waited, they were refused; where they did not, at most a window of them is lost, and told.

    What waits at the stop is tried once more: the log that closes may leave room for it, and then nothing is lost.
    """
    folder = tmp_path / "data"
    with serving(folder, "--durability", durability, "--window", "0.1", most_bytes=1_000_000) as server:
        asked = 0
        while not full(server):
            asked += 1
            assert asked < 4000
        assert server.get("/readyz")[0] == 503
        code, words = server.stop()
    lost = set(server.ids) - kept(folder)
    assert "lost" in words or not lost
    assert (code > 0) == ("lost" in words)
    assert durability == "degrade" or not lost
