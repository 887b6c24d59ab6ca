"""The read routes: receipts by their words, sums of a range, the shelf, and all of it in the document."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from api.servers import Running, Starter
from router.evidence.drift import Change

ROUTES = (
    *("/admin/v1/receipts", "/admin/v1/figures", "/admin/v1/series", "/admin/v1/models", "/admin/v1/fleet"),
    *("/admin/v1/workload", "/admin/v1/policies/schema", "/admin/v1/drift"),
)


@pytest.fixture(scope="module")
def asked(start_shared: Starter) -> Running:
    """A server that was asked six times, under two policies."""
    running = start_shared()
    with running.http() as client:
        for number in range(6):
            text = ("hi", "Prove that primes never end.")[number % 2]
            body = {"model": ("balanced", "quality")[number // 3], "messages": [{"role": "user", "content": text}]}
            assert client.post("/v1/chat/completions", json=body).status_code == 200
    running.ledger.flush()
    return running


@pytest.fixture
def admin(asked: Running) -> httpx.Client:
    return asked.http()


@pytest.mark.parametrize("path", ROUTES)
def test_a_read_route_needs_an_admin_key_and_stands_in_the_document(asked: Running, path: str) -> None:
    with asked.http("fga_wrong") as client:
        assert client.get(path).status_code == 401
        assert "get" in client.get("/openapi.json").json()["paths"][path]
    with asked.http() as client:
        assert client.get(path).status_code == 200


def test_drift_is_a_route_and_a_gauge(asked: Running) -> None:
    with asked.http() as client:
        seen = client.get("/admin/v1/drift").json()
        assert (seen["object"], seen["before"], seen["changes"]) == ("fungible.drift", 0, [])
        assert seen["recent"] < seen["needed"]
        watch = asked.live_config.drift
        finding = watch.last
        assert finding is not None
        change = Change(what="task", distance=0.25, p=0.002, before={"chat": 1.0}, after={"chat": 0.75})
        watch.last = replace(finding, changes=(change,))
        text = client.get("/metrics").text
        watch.last = finding
    assert 'fungible_drift_distance{what="task"} 0.25' in text
    assert 'fungible_drift{what="task"} 1.0' in text


def test_receipts_come_newest_first_a_page_at_a_time(admin: httpx.Client) -> None:
    with admin:
        first = admin.get("/admin/v1/receipts", params={"limit": 4}).json()
        rest = admin.get("/admin/v1/receipts", params={"limit": 4, "cursor": first["cursor"]}).json()
        ids = [row["id"] for row in first["data"] + rest["data"]]
        assert (len(ids), rest["cursor"]) == (6, None)
        assert ids == sorted(ids, reverse=True)
        row, receipt = first["data"][0], admin.get(f"/v1/receipts/{ids[0]}").json()
    assert (row["asked"], row["served"], row["policy"]) == (receipt["asked"], receipt["served"], "quality")
    assert Decimal(row["cost_usd"]) * 1_000_000 == Decimal(receipt["cost"])


def test_words_narrow_and_wrong_ones_are_refused(admin: httpx.Client) -> None:
    with admin:
        assert len(admin.get("/admin/v1/receipts?policy=quality&task=chat").json()["data"]) == 1
        until = (datetime.now(UTC) - timedelta(days=1)).isoformat()
        assert admin.get("/admin/v1/receipts", params={"until": until}).json()["data"] == []
        refused = admin.get("/admin/v1/receipts?polcy=quality")
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "polcy")
    assert "policy" in refused.json()["error"]["message"]


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("figures?rnge=hour", "rnge"),
        ("figures?range=hour&range=day", "range"),
        ("series?range=hour&group=task", "group"),
        ("receipts?policy=quality&policy=cost", "policy"),
        ("models?owner=Meta", "owner"),
        ("money?until=2026-01-01&until=2026-01-02", "until"),
        ("keys?name=x", "name"),
        ("audits?x", "x"),
        ("scenarios?x=1", "x"),
        ("policies/log?actual=true&actual=false", "actual"),
    ],
)
def test_a_word_that_is_not_there_or_there_twice_is_refused(admin: httpx.Client, query: str, param: str) -> None:
    with admin:
        refused = admin.get(f"/admin/v1/{query}")
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)


def test_a_slip_of_the_fingers_is_named(admin: httpx.Client) -> None:
    with admin:
        said = [admin.get(f"/admin/v1/{query}").json()["error"]["message"] for query in ("money?untl=x", "models?x=1")]
        changed = admin.put("/admin/v1/policies?becuase=x", content="", headers={"if-match": "x"})
    assert "Did you mean 'until'?" in said[0]
    assert "There are none." in said[1]
    assert changed.json()["error"]["param"] == "becuase"


def test_a_receipt_is_decided_again(admin: httpx.Client) -> None:
    with admin:
        newest = admin.get("/admin/v1/receipts?limit=1").json()["data"][0]
        again = admin.get(f"/admin/v1/receipts/{newest['id']}/again").json()
        assert admin.get("/admin/v1/receipts/nothing/again").status_code == 404
    assert (again["same"], again["chosen"]) == (True, newest["chosen"])


def test_figures_are_the_sums_of_the_receipts(admin: httpx.Client) -> None:
    with admin:
        rows = admin.get("/admin/v1/receipts").json()["data"]
        figures = admin.get("/admin/v1/figures?range=hour").json()
    total = figures["total"]
    assert total["requests"] == total["answered"] == len(rows) == 6
    assert abs(Decimal(total["cost_usd"]) - sum(Decimal(row["cost_usd"]) for row in rows)) < Decimal("1e-8")
    assert {row["name"]: row["requests"] for row in figures["by"]["policy"]} == {"balanced": 3, "quality": 3}
    assert figures["index"]["read"] == figures["index"]["entries"]
    assert sum(row["requests"] for row in figures["mix"]) == 6


@pytest.mark.parametrize("by", ["owner", "served", "asked", "policy", "task", "reason"])
def test_a_course_sums_up_to_the_same(admin: httpx.Client, by: str) -> None:
    with admin:
        course = admin.get("/admin/v1/series", params={"range": "hour", "by": by}).json()
    assert sum(group["requests"] for point in course["points"] for group in point["groups"].values()) == 6


@pytest.mark.parametrize("query", ["range=year", "since=2026-02-01&until=2026-01-01", "since=soon"])
def test_a_range_that_is_none_is_refused(admin: httpx.Client, query: str) -> None:
    with admin:
        assert admin.get(f"/admin/v1/figures?{query}").status_code == 400


def test_the_shelf_has_every_model_with_its_sources_and_every_policy(asked: Running, admin: httpx.Client) -> None:
    with admin:
        shelf = admin.get("/admin/v1/models").json()
    assert [row["id"] for row in shelf["data"]] == [model.id for model in asked.service.config.models]
    for row in shelf["data"]:
        assert row["abilities"]["source"]
        assert row["price"]["source"]
        assert [each["health"] for each in row["deployments"]] == ["healthy"]
    assert {row["name"]: row["band"] for row in shelf["policies"]}["balanced"] == 0.02
    assert [row["name"] for row in shelf["policies"] if row["default"]] == ["balanced"]


def test_the_workload_can_be_played(admin: httpx.Client) -> None:
    with admin:
        case = admin.get("/admin/v1/workload").json()["data"][0]
        body = {"model": "auto", "messages": case["messages"], "metadata": case["metadata"]}
        assert admin.post("/v1/route", json=body).json()["features"]["task"]


def test_money_comes_as_csv_too(admin: httpx.Client) -> None:
    with admin:
        answer = admin.get("/admin/v1/money?by=task&format=csv")
        rows = admin.get("/admin/v1/money?by=task").json()["groups"]
    lines = answer.text.splitlines()
    assert answer.headers["content-type"].startswith("text/csv")
    assert lines[0].startswith("name,requests")
    assert len(lines) == len(rows) + 2


def test_a_replay_comes_with_pictures_where_they_are_asked_for(admin: httpx.Client) -> None:
    with admin:
        text = admin.get("/admin/v1/policies").text.replace("band: 0.02", "band: 0.1", 1)
        plain = admin.post("/admin/v1/policies/replay", content=text).json()
        drawn = admin.post("/admin/v1/policies/replay?pictures=true", content=text).json()
    assert "pictures" not in plain
    assert drawn["pictures"]["models"].startswith("<svg")
    assert drawn["differences"] == plain["differences"]
