"""Transcripts that a data folder keeps: which are shown, what each says, and whether it verifies."""

import json
import secrets
from pathlib import Path

import pytest
from audit_endpoint import endpoint, other, plain
from cli.running import fungible

from router.audit.transcripts.kept_audits import MOST_POINTS, kept, kept_file, kept_summaries, thinned
from router.errors import NotFound
from router.ledger.log.signing_key_file import own_key
from router.transparency.note import LOG


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the transcript of an audit that shows another model."""
    folder = tmp_path_factory.mktemp("kept")
    (folder / "data" / "audits").mkdir(parents=True)
    (folder / "prompts.txt").write_text("\n".join(f"question {number}" for number in range(6)))
    with endpoint(plain()) as reference, endpoint(other()) as audited:
        words = ("audit", audited.url, "--model", "model-a", "--reference", reference.url, "--prompts", "prompts.txt")
        more = ("--price", "1/2", "--data", "data", "--transcript", "data/audits/one.jsonl")
        assert fungible(folder, *words, *more).returncode == 1
    return folder / "data"


def test_a_transcript_says_how_it_ended_and_that_it_holds(data: Path) -> None:
    (row,) = kept_summaries(data)
    assert (row["name"], row["model"], row["end"], row["stop"]) == ("one.jsonl", "model-a", "another_model", "shown")
    assert row["verified"] is True
    assert row["wealth"][-1][1] >= row["decides"]
    assert row["wealth"][-1][0] == row["rounds"]
    assert float(row["spent_usd"]) > 0


def test_what_was_changed_does_not_verify_and_what_is_none_is_not_shown(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "audits"
    folder.mkdir()
    text = (data / "audits" / "one.jsonl").read_text()
    (folder / "changed.jsonl").write_text(text.replace("model-a", "model-b"))
    (folder / "cut.jsonl").write_text("\n".join(text.splitlines()[:4]) + '\n{"leaf": {"ki')
    (folder / "none.jsonl").write_text("nothing\n")
    (folder / "rivals.jsonl").write_text(json.dumps({"leaf": {"kind": "begun", "alpha": 0.1}}) + "\n")
    (folder / ".hidden.jsonl").write_text(text)
    (folder / "notes.txt").write_text(text)
    assert {row["name"]: row["verified"] for row in kept_summaries(tmp_path)} == {
        "changed.jsonl": None,
        "cut.jsonl": None,
    }
    (tmp_path / "audit.key").write_bytes((data / "audit.key").read_bytes())
    (tmp_path / "audit.key").chmod(0o600)
    assert {row["name"]: (row["verified"], row["end"]) for row in kept_summaries(tmp_path)} == {
        "changed.jsonl": (False, "another_model"),
        "cut.jsonl": (False, None),
    }
    (tmp_path / "audit.key").write_text("no key")
    assert {row["verified"] for row in kept_summaries(tmp_path)} == {None}


def test_a_file_is_found_under_its_plain_name_alone(data: Path) -> None:
    assert kept_file(data, "one.jsonl").name == "one.jsonl"
    for name in ("../audit.key", "two.jsonl", ".jsonl", "one.jsonl/..", "one"):
        with pytest.raises(NotFound, match="No transcript is called"):
            kept_file(data, name)
    with pytest.raises(NotFound):
        kept_file(None, "one.jsonl")


def test_without_a_folder_there_is_nothing(tmp_path: Path) -> None:
    assert (kept(None), kept(tmp_path), kept_summaries(tmp_path)) == ([], [], [])
    own_key(tmp_path / "audit.key", f"x-{secrets.token_hex(2)}", LOG)
    assert kept_summaries(tmp_path) == []


def test_of_many_points_some_are_given_with_both_ends() -> None:
    assert thinned([]) == []
    assert thinned([1.0, 2.0]) == [[1, 1.0], [2, 2.0]]
    many = thinned([float(n) for n in range(5000)])
    assert (many[0], many[-1]) == ([1, 0.0], [5000, 4999.0])
    assert len(many) <= MOST_POINTS + 1
