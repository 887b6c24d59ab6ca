"""A candidate: tried once at a time, agreed to by different admins, and ended once."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from router.config import load
from router.config.load import POLICIES, with_policies
from router.errors import Conflict, NotFound
from router.ledger import SqliteLedger
from router.policy.candidates.beside_traffic import compare
from router.policy.candidates.candidate_store import agree, candidate_of, candidates, end, put_up
from router.policy.diff import differences
from router.policy.expand import spelled_out
from router.policy.lifecycle import Proposal, propose, put_in_force
from router.types import Author

KIM, LEE = Author("kim", "command", "a try"), Author("lee", "command")
AT = datetime(2026, 11, 29, 12, tzinfo=UTC)
FIRST = "default: a\napprovals: 2\npolicies:\n  a: {because: x, band: 0}\n"


@pytest.fixture
def ledger() -> Iterator[SqliteLedger]:
    with closing(SqliteLedger()) as made:
        yield made


def test_a_candidate_is_known_by_its_revision_and_ends_once(ledger: SqliteLedger) -> None:
    log = ledger.log
    with pytest.raises(NotFound, match="No candidate is being tried"):
        candidate_of(log)
    first, second = put_up(log, "aaa1", "x", KIM, AT), put_up(log, "bbb2", "y", LEE, AT + timedelta(hours=1))
    assert (candidate_of(log), candidate_of(log, "aa")) == (second, first)
    with pytest.raises(NotFound, match=r"No candidate 'ccc' is being tried; there are: aaa1, bbb2\."):
        candidate_of(log, "ccc")
    with pytest.raises(Conflict, match="since 2026-11-29 12:00 UTC"):
        put_up(log, "aaa1", "x", LEE, AT)
    dropped = end(log, first, "dropped", AT + timedelta(hours=2))
    assert (dropped.state, dropped.ended, candidates(log)["aaa1"]) == ("dropped", AT + timedelta(hours=2), dropped)
    again = put_up(log, "aaa1", "x", LEE, AT + timedelta(hours=3))
    assert (list(candidates(log)), candidate_of(log)) == (["bbb2", "aaa1"], again)
    assert again.plain() == {
        "candidate": "aaa1",
        "state": "open",
        "since": again.since,
        "author": LEE,
        "approved_by": ("lee",),
        "ended": None,
    }


def test_who_put_it_up_agrees_and_nobody_agrees_twice(ledger: SqliteLedger) -> None:
    made = put_up(ledger.log, "aaa1", "x", KIM, AT)
    with pytest.raises(Conflict, match="'kim' agreed"):
        agree(ledger.log, made, KIM)
    assert agree(ledger.log, made, LEE).approved_by == ("kim", "lee")
    with pytest.raises(Conflict, match="at the same time"):
        end(ledger.log, made, "dropped", AT)


def test_without_requests_there_is_nothing_to_compare(ledger: SqliteLedger) -> None:
    current = with_policies(load(), FIRST.encode())
    made = put_up(ledger.log, "aaa1", FIRST.replace("band: 0", "band: 1"), KIM, AT)
    compared = compare(ledger, made, current)
    assert (compared.replay, compared.config.policies["a"].band) == (None, 1)


def test_several_admins_must_agree_where_the_file_in_force_says_so(ledger: SqliteLedger, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / POLICIES).write_text(FIRST, encoding="utf-8")

    def proposal(text: str, *approved_by: str) -> Proposal:
        made = propose(text.encode(), "new.yaml", load(folder), lambda _: (), lambda *_: {})
        return replace(made, approved_by=approved_by)

    one = FIRST.replace("approvals: 2\n", "")
    with pytest.raises(Conflict, match="needs 2 named admins, and so far 1 agreed"):
        put_in_force(proposal(one), folder, ledger, KIM)
    with pytest.raises(Conflict):
        put_in_force(proposal(one, "kim"), folder, ledger, KIM)
    put_in_force(proposal(one, "kim"), folder, ledger, LEE)
    put_in_force(proposal(FIRST), folder, ledger, KIM)
    put_in_force(proposal(one), folder, ledger, KIM, kind="rolled_back")
    assert (folder / POLICIES).read_text(encoding="utf-8") == one


def test_how_many_must_agree_is_part_of_what_the_file_means() -> None:
    two, one = (with_policies(load(), text.encode()) for text in (FIRST, FIRST.replace("approvals: 2\n", "")))
    assert [difference.label for difference in differences(one, two)] == ["approvals added: 2"]
    assert "approvals: 2" in spelled_out(two, ("a",))
    assert "approvals" not in spelled_out(one, ("a",))
