"""A report as plain data: exact, complete, and the same in JSON and CSV."""

from decimal import Decimal

import orjson

from router.accounting.report_json import plain, rows
from unit.money_samples import TERM, booked, house, settled

CONFIG = house(
    {
        "partners": {
            "Partner": {
                "shares": [{**TERM, "name": "s", "rate": 0.123456789012345, "cap": 0.0001}],
                "commitments": [{**TERM, "name": "c", "amount": 1, "per": "year"}],
            }
        },
        "limits": [{"name": "l", "because": "x", "owner": "Partner", "most": 0.1, "of": "requests"}],
    }
)
REPORT = booked(
    CONFIG,
    settled("part", number=1, ramp="r", arm="holdback"),
    settled("own", number=2, asked="part", ramp="r", arm="moved"),
)


def test_everything_is_there_and_is_json() -> None:
    told = orjson.loads(orjson.dumps(plain(REPORT)))
    assert set(told) == {
        *("object", "by", "baseline", "baseline_model", "since", "until", "days", "platform", "unanswered"),
        *("incapable", "total", "groups", "owners", "hhi", "ramps", "caps", "commitments", "alerts", "rests_on"),
    }
    assert told["total"]["served"]["share_usd"] == "0.000074074073407407"
    assert told["caps"][0]["used_usd"] == "0.000074074073407407"
    assert told["caps"][0] == {**told["caps"][0], "owner": "Partner", "share": "s", "start": "2026-01-01", "end": None}
    assert told["commitments"][0] == {**told["commitments"][0], "over": False, "behind": True, "shortfall_usd": "0"}
    assert [one["kind"] for one in told["alerts"]] == ["behind_pace", "concentrated"]
    assert told["alerts"][1]["amount"] == 0.5
    assert told["ramps"][0]["per_moved_request"]["customer"]["modelled"]["value_usd"] == "0.000575"
    assert told["ramps"][0]["per_moved_request"]["list_cost"]["modelled"] is None
    assert told["owners"][0]["shares"]["requests"] == 0.5
    assert {one["status"] for one in told["rests_on"]} == {"published", "signed"}


def test_what_is_kept_adds_up_in_the_text_too() -> None:
    for group in plain(REPORT)["groups"]:
        kept = {name: Decimal(one["value_usd"]) for name, one in group["kept"].items()}
        assert kept["customer"] + kept["platform"] + kept["partner"] == kept["true_cost"]


def test_a_row_of_the_csv_is_a_group_of_the_json() -> None:
    told, flat = plain(REPORT), list(rows(REPORT))
    assert [row["name"] for row in flat] == ["own", "part", "all"]
    assert flat[-1]["served_list_value_usd"] == told["total"]["served"]["list_value_usd"]
    assert flat[0]["kept_customer_value_usd"] == told["groups"][0]["kept"]["customer"]["value_usd"]
    assert len({tuple(row) for row in flat}) == 1
