"""A change of policy: refused whole or in force whole, never lost, and taken back letter by letter."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from router.config import load
from router.config.files.atomic_write import replace_file
from router.config.files.folder_watch import FolderWatch
from router.config.load import POLICIES, with_policies
from router.errors import ConfigError, NotFound, Stale
from router.ledger import SqliteLedger
from router.policy.diff import differences
from router.policy.expand import spelled_out
from router.policy.lifecycle import Proposal, etag, note_found, propose, put_in_force, refuse_stale, text_of
from router.policy.policy_tests import Tried
from router.types import Author, Config

KIM = Author("kim", "command", "a test")
FIRST = "# first\ndefault: a\npolicies:\n  a: {because: 첫째, band: 0}\n"
SECOND = FIRST.replace("# first", "# second").replace("band: 0", "band: 0.5")


def no_trials(_: Config) -> tuple[Tried, ...]:
    return ()


def no_replay(_: Config, __: Config) -> dict[str, Any]:
    return {"requests": 7}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "my config").mkdir()
    (tmp_path / "my config" / POLICIES).write_text(FIRST, encoding="utf-8")
    return tmp_path / "my config"


@pytest.fixture
def ledger() -> Iterator[SqliteLedger]:
    with closing(SqliteLedger()) as made:
        yield made


def proposed(folder: Path, text: str) -> Proposal:
    return propose(text.encode(), "new.yaml", load(folder), no_trials, no_replay)


def test_a_sound_text_comes_into_force_and_is_noted(folder: Path, ledger: SqliteLedger) -> None:
    before = load(folder)
    event = put_in_force(proposed(folder, SECOND), folder, ledger, KIM)
    assert (folder / POLICIES).read_text(encoding="utf-8") == SECOND
    after = load(folder)
    assert (event.seq, event.revision, event.previous) == (2, after.revision, before.revision)
    assert (event.by, event.via, event.because, event.replay) == ("kim", "command", "a test", {"requests": 7})
    assert event.differences == ("policies.a.band: 0 -> 0.5",)
    first, noted = ledger.events()
    assert (noted, first.kind, first.text) == (event, "found", FIRST)
    assert ledger.texts(after.revision)[POLICIES] == SECOND
    assert ledger.configuration(before.revision) is not None, "what was in force before is kept too"


def test_a_change_of_comments_alone_is_a_change_of_text_and_not_of_meaning(folder: Path, ledger: SqliteLedger) -> None:
    before = load(folder)
    event = put_in_force(proposed(folder, FIRST.replace("# first", "# 첫 번째")), folder, ledger, KIM)
    assert (event.revision, event.differences, event.replay) == (before.revision, (), {})
    assert etag(load(folder)) != etag(before)
    with pytest.raises(Stale):
        refuse_stale(load(folder), etag(before))


def test_the_past_is_found_by_revision_by_number_and_by_nothing(folder: Path, ledger: SqliteLedger) -> None:
    with pytest.raises(NotFound, match="fewer than two"):
        text_of("", ledger)
    note_found(load(folder), ledger, "found", KIM)
    first = load(folder).revision
    put_in_force(proposed(folder, SECOND), folder, ledger, KIM)
    assert [text_of(name, ledger) for name in ("", "1", first, "2")] == [FIRST, FIRST, FIRST, SECOND]
    with pytest.raises(NotFound, match="'nothing'"):
        text_of("nothing", ledger)


def test_each_step_back_goes_further_back(folder: Path, ledger: SqliteLedger) -> None:
    third = SECOND.replace("0.5", "0.75")
    note_found(load(folder), ledger, "found", KIM)
    for text in (SECOND, SECOND, third):
        put_in_force(proposed(folder, text), folder, ledger, KIM)
    # What was in force twice running counts once.
    note_found(load(folder), ledger, "found", KIM)
    for text in (SECOND, FIRST):
        assert text_of("", ledger) == text
        put_in_force(proposed(folder, text), folder, ledger, KIM, kind="rolled_back")
    with pytest.raises(NotFound, match="nothing further back"):
        text_of("", ledger)


def test_what_is_found_is_noted_once(folder: Path, ledger: SqliteLedger) -> None:
    for _ in range(2):
        note_found(load(folder), ledger, "found", KIM)
    before = load(folder)
    (folder / POLICIES).write_text(SECOND, encoding="utf-8")
    note_found(load(folder), ledger, "edited", KIM, before)
    assert [(e.kind, e.differences) for e in ledger.events()] == [
        ("found", ()),
        ("edited", ("policies.a.band: 0 -> 0.5",)),
    ]


def test_a_failing_test_refuses_the_text(folder: Path) -> None:
    def fail(config: Config) -> tuple[Tried, ...]:
        trial: Any = None
        return (Tried("a", 0, trial, True, "fine"), Tried("a", 1, trial, False, "expected gpt-5, came phi-4"))

    with pytest.raises(ConfigError) as caught:
        propose(SECOND.encode(), "new.yaml", load(folder), fail, no_replay)
    (problem,) = caught.value.problems
    assert problem.code == "test-failed"
    assert str(problem) == "new.yaml: test 2 of policy 'a': expected gpt-5, came phi-4"


def test_who_did_not_see_what_is_in_force_changes_nothing(folder: Path, ledger: SqliteLedger) -> None:
    proposal = proposed(folder, SECOND)
    with pytest.raises(Stale, match="What you saw was 123"):
        put_in_force(proposal, folder, ledger, KIM, "123")
    replace_file(folder / POLICIES, FIRST.replace("band: 0", "band: 0.25"))
    with pytest.raises(Stale, match="changed by somebody else"):
        put_in_force(proposal, folder, ledger, KIM, etag(proposal.before))
    assert ledger.events() == []


def test_a_disk_that_fails_leaves_the_old_file_and_no_note(
    folder: Path, ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError("no space left on device")

    proposal = proposed(folder, SECOND)
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no space"):
        put_in_force(proposal, folder, ledger, KIM)
    assert ledger.events() == []
    assert [path.name for path in folder.iterdir()] == [POLICIES]
    assert (folder / POLICIES).read_text(encoding="utf-8") == FIRST


def test_a_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.yaml", tmp_path / "link.yaml"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    replace_file(link, "new\n")
    assert (link.is_symlink(), real.read_text(), real.stat().st_mode & 0o777) == (True, "new\n", 0o640)
    replace_file(tmp_path / "fresh.yaml", "x")
    assert (tmp_path / "fresh.yaml").stat().st_mode & 0o777 == 0o644


def test_what_a_killed_writing_left_is_cleared(tmp_path: Path) -> None:
    (tmp_path / ".a.yaml.x1.new").write_text("half")
    replace_file(tmp_path / "a.yaml", "whole")
    assert [path.name for path in tmp_path.iterdir()] == ["a.yaml"]


def test_a_folder_is_taken_up_once_it_holds_still(folder: Path) -> None:
    watch = FolderWatch(folder)
    assert not watch.changed()
    (folder / POLICIES).write_text(SECOND, encoding="utf-8")
    assert [watch.changed() for _ in range(3)] == [False, True, False]
    (folder / POLICIES).unlink()
    assert [watch.changed() for _ in range(3)] == [False, True, False]


@pytest.mark.parametrize("text", [FIRST, SECOND])
def test_what_is_spelled_out_means_the_same(text: str) -> None:
    from properties.test_policy_file_faults import WHOLE

    own = "    guards: [{name: %s, because: x, never: {model: gpt-5}}]\n"
    written = "default: a\npolicies:\n  a:\n    because: x\n    band: 0\n" + own % "first"
    unlike = written + "  b:\n    because: x\n    band: 1\n" + own % "second"
    for words in (text, WHOLE, unlike, written + "  b: {because: x, band: 0}\n", written + "  b: {extends: a}\n"):
        config = with_policies(load(), words.encode())
        again = with_policies(load(), spelled_out(config, tuple(config.policies)).encode())
        assert differences(config, again) == ()
        assert all(policy.extends is None for policy in again.policies.values())


APPLY_FOR_EVER = """
import sys
from pathlib import Path
from router.ledger import SqliteLedger
from router.config import load
from router.policy.lifecycle import propose, put_in_force
from router.types import Author
folder, first, second = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
ledger = SqliteLedger(folder.parent / "ledger.sqlite3")
print("ready", flush=True)
while True:
    for text in (second, first):
        proposal = propose(text.encode(), "new", load(folder), lambda config: (), lambda a, b: {})
        put_in_force(proposal, folder, ledger, Author("kim", "command"))
"""


def test_a_kill_during_apply_leaves_one_revision_whole(folder: Path) -> None:
    chance = Random(4)
    for _ in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", APPLY_FOR_EVER, str(folder), FIRST, SECOND], stdout=subprocess.PIPE
        )
        assert process.stdout
        process.stdout.readline()
        time.sleep(chance.uniform(0.001, 0.08))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert (folder / POLICIES).read_text(encoding="utf-8") in (FIRST, SECOND)
        with closing(SqliteLedger(folder.parent / "ledger.sqlite3")) as ledger:
            assert {event.text for event in ledger.events()} <= {FIRST, SECOND}
            assert [event.seq for event in ledger.events()] == list(range(1, len(ledger.events()) + 1))
            put_in_force(proposed(folder, FIRST), folder, ledger, KIM)
        assert [path.name for path in folder.iterdir()] == [POLICIES], "the next apply clears what was left"
