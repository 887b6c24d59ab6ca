"""Who is charged: rows by team, tag, user, key and policy, from the same books."""

from datetime import date

import pytest

from router.accounting.contracts.terms import Buyer
from router.accounting.group_names import group_names, user_row
from router.accounting.report import By
from router.ids import salted_user
from unit.money_samples import booked, house, settled

USER, OTHER = salted_user("kim@example.org", b"salt"), "b" * 12


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        ("team", ["law", "(no team)"]),
        ("tag", ["cc-1", "cc-2", "(no tag)"]),
        ("user", [user_row(USER), "(no user)"]),
        ("key", ["key_a", "(no key)"]),
        ("policy", ["cheap", ""]),
        ("day", ["2026-11-20", "2026-11-20"]),
        ("ramp", ["(no ramp)", "(no ramp)"]),
    ],
)
def test_a_request_counts_in_the_rows_that_are_its_own(by: By, rows: list[str]) -> None:
    day = date(2026, 11, 20)
    known = settled(unit=USER + OTHER, buyer=Buyer("key_a", "law", ("cc-1", "cc-2", "cc-1")), policy="cheap", day=day)
    nobody = settled(unit=OTHER + OTHER, buyer=Buyer(), policy="", day=day)
    assert [name for request in (known, nobody) for name in group_names(request, "x", by)] == rows


def test_by_tag_each_row_is_whole_and_the_total_counts_once() -> None:
    config = house()
    both, one = (
        settled(config=config, number=number, buyer=Buyer(tags=tags))
        for number, tags in enumerate((("a", "b"), ("a",)))
    )
    report = booked(config, both, one, by="tag")
    assert {group.name: group.requests for group in report.groups} == {"a": 2, "b": 1}
    assert (report.total.requests, report.groups[0].served.paid) == (2, report.total.served.paid)
