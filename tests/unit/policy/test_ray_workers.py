"""Ray's workers give the figures of one process, and a piece whose worker died is done again. Needs the extra `ray`."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from router.bench.loop.synthetic_log import write_synthetic_log
from router.config import load
from router.policy.parquet.parquet_files import Piece, find_pieces
from router.policy.replay.flip_causes import Versions
from router.policy.replay.streamed.ray_workers import RayWorkers
from router.policy.replay.streamed.stream_replay import Here, count_keys, replay_files

pytest.importorskip("ray")
pytestmark = pytest.mark.filterwarnings("ignore")


def test_workers_give_the_figures_of_one_process_though_one_dies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.bench.loop.synthetic_log.BLOCK", 500)
    monkeypatch.setattr("router.bench.loop.synthetic_log.BLOCKS_A_FILE", 1)
    write_synthetic_log(tmp_path, 2000)
    config, names, log = load(), ("balanced", "cost"), str(tmp_path)
    versions = Versions(config, config, *names)
    died = tmp_path / "died"

    def dies_once(pieces: Sequence[Piece]) -> int:
        if not died.exists():
            died.write_text("")
            os._exit(1)
        return sum(count_keys(pieces).values())

    with RayWorkers() as workers:
        streamed = replay_files(log, versions, names, workers)
        counts = [count for _, count in workers.each(find_pieces(log), dies_once)]
    assert died.exists()
    assert sum(counts) == 2000
    assert streamed.replay.plain() == replay_files(log, versions, names, Here()).replay.plain()
