"""Candidates over HTTP, beside live traffic: compared with what is in force, agreed to, promoted, dropped."""

from pathlib import Path

import pytest

from api.servers import Running, Starter
from router.config.load import POLICIES

ROOT = "/admin/v1/policies/candidates"
FIRST = "default: plain\napprovals: 2\npolicies:\n  plain: {because: a test, band: 0}\n"
SECOND = FIRST.replace("band: 0", "band: 0.5")
BODY = {"model": "plain", "messages": [{"role": "user", "content": "Prove that the root of two is irrational."}]}


@pytest.fixture
def server(start: Starter, tmp_path: Path) -> Running:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / POLICIES).write_text(FIRST, encoding="utf-8")
    return start(folder=folder)


def test_a_candidate_from_its_first_hour_to_its_promotion(server: Running) -> None:
    kim, lee = server.admin("kim", "editor"), server.admin("lee", "editor")
    with server.http(kim) as http, server.http(lee) as other:
        refused = http.post(ROOT, content=SECOND.replace("band", "bnad").encode())
        assert refused.status_code == 422
        alone = http.put("/admin/v1/policies", content=SECOND.encode(), headers={"if-match": "*"})
        assert (alone.status_code, "needs 2 named admins" in alone.text) == (409, True)
        made = http.post(f"{ROOT}?because=cheaper", content=SECOND.encode()).json()
        assert (made["state"], made["approved_by"], made["author"]["because"]) == ("open", ["kim"], "cheaper")
        revision = made["candidate"]
        before = http.post("/v1/chat/completions", json=BODY).json()["fungible"]
        figures = http.get(f"{ROOT}/{revision}").json()["replay"]
        assert before["revision"] != revision
        assert (figures["total"]["requests"], figures["total"]["flips"]) == (1, 1)
        assert http.post(f"{ROOT}/{revision}/promote").status_code == 428
        assert http.post(f"{ROOT}/{revision}/promote", headers={"if-match": "*"}).status_code == 409
        assert other.post(f"{ROOT}/{revision}/approve").json()["approved_by"] == ["kim", "lee"]
        event = http.post(f"{ROOT}/{revision}/promote", headers={"if-match": "*"}).json()
        assert (event["revision"], event["by"], event["replay"]["flips"]) == (revision, "kim", 1)
        after = http.post("/v1/chat/completions", json=BODY).json()["fungible"]
        assert (after["revision"], after["served"] != before["served"]) == (revision, True)
        logged = http.get("/admin/v1/policies/log?actual=true").json()["data"]
        assert (logged[0]["actual"]["requests"], logged[0]["actual"]["flips"]) == (1, 1)
        assert "actual" not in http.get("/admin/v1/policies/log").json()["data"][0]


def test_a_dropped_candidate_changes_nothing(server: Running) -> None:
    with server.http() as http:
        revision = http.post(ROOT, content=SECOND.encode()).json()["candidate"]
        assert http.get(f"{ROOT}/{revision}").json()["replay"] == {}
        assert http.delete(f"{ROOT}/{revision}").json()["state"] == "dropped"
        assert http.get(f"{ROOT}/{revision}").status_code == 404
        assert [row["state"] for row in http.get(ROOT).json()["data"]] == ["dropped"]
        assert http.get("/admin/v1/policies").text == FIRST
    with server.http(server.admin("vic", "viewer")) as viewer:
        assert viewer.post(ROOT, content=SECOND.encode()).status_code == 403
