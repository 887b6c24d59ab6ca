"""The partner vanishes at noon, over HTTP: a backend is killed, and no request is lost."""

import json
from pathlib import Path

from cli.running import fungible


def test_nothing_is_lost_when_the_backend_is_killed(tmp_path: Path) -> None:
    words = [f"--set={word}" for word in ("rate=12", "noon=1", "back=2", "seconds=3", "cool=0.3")]
    shown = fungible(tmp_path, "scenario", "run", "partner-vanishes", *words, "--json")
    assert shown.returncode == 0, shown.stderr
    played = json.loads(shown.stdout)
    tiles = {tile["title"]["en"]: tile["figure"]["value"] for tile in played["tiles"]}
    assert played["requests"] == 36
    assert (tiles["Lost"], tiles["Receipts complete"]) == (0, 1)
    assert tiles["Failed over"] >= 1
    rows = played["pictures"][0]["series"]
    who = {row["measure"]: [value["value"] for value in row["values"] if value] for row in rows}
    assert who["gpt-5, the partner"][0] == 1
    assert max(who["mai-1, the house"]) == 1
