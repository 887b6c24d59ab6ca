"""Text files of users, in any encoding: read, or refused in a sentence with the line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.bench.routing.outcome_table import read_outcomes
from router.config.files import text_file
from router.config.files.seed_data import load_workload
from router.config.files.text_file import open_text, read_text
from router.errors import ConfigError

TABLE = "prompt,model,score\nhow hot,a,1\nhow hot,b,0\n"
CASE = (
    '{"id": "1", "task": "chat", "difficulty": 0.5, "language": "en", "messages": [{"role": "user", "content": "Hi"}]}'
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_and_logs_are_read_whatever_mark_they_begin_with(tmp_path: Path, encoding: str) -> None:
    table, log = tmp_path / "t.csv", tmp_path / "log.jsonl"
    table.write_text(TABLE, encoding=encoding)
    log.write_text(f"{CASE}\n\n", encoding=encoding)
    assert read_outcomes(table).models == ("a", "b")
    assert [case.id for case in load_workload(log)] == ["1"]


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl"])
def test_another_encoding_is_refused_with_its_line(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    first, second = (TABLE, "caf\u00e9,a,1\n") if name == "t.csv" else (f"{CASE}\n", '{"prompt": "caf\u00e9"}\n')
    path.write_bytes((first + second).encode("cp1252"))
    line = first.count("\n") + 1
    for read in (read_outcomes, load_workload):
        with pytest.raises(ConfigError, match=f"{name}:{line}:1: is not UTF-8 text .*save it as UTF-8"):
            read(path)


def test_a_cut_utf_16_file_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv"
    path.write_bytes(TABLE.encode("utf-16")[:-1])
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        read_text(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_text(tmp_path / "none")


def test_json_lines_are_refused_at_their_own_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(f"{CASE}\n\nbad\n")
    with pytest.raises(ConfigError, match=r"rows.jsonl:3:1: Invalid JSON"):
        load_workload(path)


@given(raw=st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "t.csv"
    path.write_bytes(raw)
    for read in (read_text, read_outcomes, load_workload):
        try:
            read(path)
        except ConfigError as error:
            assert error.problems


def test_the_lines_come_as_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"one\ntwo")
    with open_text(path) as file:
        assert list(file) == ["one\n", "two"]


def test_a_file_that_was_mended_meanwhile_has_no_wrong_line(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(TABLE, encoding="utf-8")
    assert text_file._wrong_line(path) == 1
