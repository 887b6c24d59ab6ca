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
    body = orjson.loads(orjson.dumps(plain(REPORT)))
    assert set(body) == {
        *(
            "object",
            "by",
            "baseline",
            "baseline_model",
            "since",
            "until",
            "days",
            "platform",
            "pruned_before",
            "unanswered",
        ),
        *("incapable", "total", "groups", "owners", "hhi", "ramps", "caps", "commitments", "alerts", "rests_on"),
    }
    assert body["total"]["served"]["share_usd"] == "0.000074074073407407"
    assert body["caps"][0]["used_usd"] == "0.000074074073407407"
    assert body["caps"][0] == {**body["caps"][0], "owner": "Partner", "share": "s", "start": "2026-01-01", "end": None}
    assert body["commitments"][0] == {**body["commitments"][0], "over": False, "behind": True, "shortfall_usd": "0"}
    assert [alert["kind"] for alert in body["alerts"]] == ["behind_pace", "concentrated"]
    assert body["alerts"][1]["amount"] == 0.5
    assert body["ramps"][0]["per_moved_request"]["customer"]["modelled"]["value_usd"] == "0.000575"
    assert body["ramps"][0]["per_moved_request"]["list_cost"]["modelled"] is None
    assert body["owners"][0]["shares"]["requests"] == 0.5
    assert {footing["status"] for footing in body["rests_on"]} == {"published", "signed"}


def test_what_is_kept_adds_up_in_the_text_too() -> None:
    for group in plain(REPORT)["groups"]:
        kept = {name: Decimal(part["value_usd"]) for name, part in group["kept"].items()}
        assert kept["customer"] + kept["platform"] + kept["partner"] == kept["true_cost"]


def test_a_row_of_the_csv_is_a_group_of_the_json() -> None:
    body, flat = plain(REPORT), list(rows(REPORT))
    assert [row["name"] for row in flat] == ["own", "part", "all"]
    assert flat[-1]["served_list_value_usd"] == body["total"]["served"]["list_value_usd"]
    assert flat[0]["kept_customer_value_usd"] == body["groups"][0]["kept"]["customer"]["value_usd"]
    assert len({tuple(row) for row in flat}) == 1
