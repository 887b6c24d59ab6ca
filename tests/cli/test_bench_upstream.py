"""Many requests before backends that fail: every one has its end and its receipt, and nothing stays behind."""

import gc
import json
from pathlib import Path

from cli.running import fungible
from providers.upstream.http.connection import Connection
from router.bench.http.soak import MOST_GROWN_MB
from router.serving.answer import Answer

WORDS = ("bench", "upstream", "--requests", "400", "--faults", "0.1", "--connections", "16", "--seed", "3")


def test_every_request_ends_once_and_nothing_is_left_open(tmp_path: Path) -> None:
    before = {id(kept) for kept in gc.get_objects() if isinstance(kept, Answer | Connection)}
    shown = fungible(tmp_path, *WORDS, "--json")
    body = json.loads(shown.stdout)
    assert body["faults"] == []
    assert shown.returncode == 0
    assert body["receipts"] == sum(body["seen"].values()) == 400
    assert {"ok", "client_left", "cut_off", "content_filter"} <= body["outcomes"].keys()
    assert {"ok", "unavailable", "timeout", "rate_limited"} <= body["attempts"].keys()
    assert {"backend", "exact"} <= body["counted by"].keys()
    assert body["before"].keys() == body["after"].keys()
    assert body["after"]["memory, MB"] - body["before"]["memory, MB"] <= MOST_GROWN_MB
    gc.collect()
    assert [kept for kept in gc.get_objects() if isinstance(kept, Answer | Connection) and id(kept) not in before] == []


def test_it_tells_a_person_that_every_sum_comes_out(tmp_path: Path) -> None:
    shown = fungible(tmp_path, "bench", "upstream", "--requests", "20", "--faults", "0")
    assert "recorded in receipts" in shown.stdout
    assert "Every sum comes out." in shown.stdout
