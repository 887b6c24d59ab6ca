"""A log in Parquet holds the very requests that it was made from, and may be cut anywhere."""

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from properties.policy_strategies import CHANGES, CONFIGS, TEXTS, drawn_request
from router.policy.parquet.batch_requests import requests_of
from router.policy.parquet.log_columns import decided_columns
from router.policy.parquet.parquet_files import find_pieces
from router.policy.replay.flip_causes import Changes, Versions
from router.policy.replay.replay import decided, figures, key_counts, largest, replay
from router.policy.replay.request_columns import Requests, gathered
from router.policy.replay.streamed.stream_replay import Here, replay_files
from router.policy.replay.sums.compared_sums import ReplaySums
from router.types import Config

WORDS = st.text(max_size=3) | st.binary(min_size=16, max_size=16).map(bytes.hex)


def columns(config: Config, texts: list[bytes]) -> Requests:
    return gathered((str(row), *drawn_request(text, config)) for row, text in enumerate(texts))


@settings(max_examples=12)
@given(CONFIGS, TEXTS, st.lists(WORDS, min_size=30, max_size=30))
def test_what_is_written_is_what_is_read(config: Config, texts: list[bytes], ids: list[str]) -> None:
    logged = [(name, *drawn_request(text, config)) for name, text in zip(ids, texts, strict=False)]
    requests = gathered(logged)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "log.parquet"
        parquet.write_table(pyarrow.table(decided_columns(requests)), path)
        (batch,) = parquet.read_table(path).combine_chunks().to_batches() or [None]
        again = requests_of(batch, "log.parquet")
    for row in range(len(requests)):
        assert again.at(row) == requests.at(row)
        assert again.id.at(row) == ids[row]


@settings(max_examples=20)
@given(CHANGES, TEXTS, st.randoms(use_true_random=False))
def test_a_log_that_is_cut_and_shuffled_gives_the_same_figures(change, texts, random) -> None:  # type: ignore[no-untyped-def]
    requests, versions = columns(change[0], texts), Versions(*change)
    changes, keys = Changes.between(versions), largest(key_counts(requests))
    cuts = sorted({0, len(requests), *(random.randrange(len(requests) + 1) for _ in range(3))})
    parts = [decided(requests.take(slice(*cut)), changes, keys) for cut in pairwise(cuts)]
    random.shuffle(parts)
    sums = ReplaySums()
    for part in parts:
        sums.join(part)
    assert figures(sums, changes, ("before", "after")).plain() == replay(requests, versions).plain()


@settings(max_examples=6)
@given(CHANGES, TEXTS)
def test_files_give_the_figures_of_the_requests_at_once(change: tuple[Config, Config], texts: list[bytes]) -> None:
    requests, versions = columns(change[0], texts), Versions(*change)
    with TemporaryDirectory() as folder:
        table = pyarrow.table(decided_columns(requests))
        for number in range(3):
            (Path(folder) / f"day={number}").mkdir()
            part = table.slice(number * len(table) // 3, (number + 1) * len(table) // 3 - number * len(table) // 3)
            parquet.write_table(part, Path(folder) / f"day={number}" / "requests-0.parquet", row_group_size=2)
        names = ("a", "b")
        streamed = replay_files(f"{folder}/*.parquet", versions, names, Here())
        assert sum(piece.rows for piece in find_pieces(folder)) == len(requests)
    assert streamed.replay.plain() == replay(requests, versions, names).plain()
