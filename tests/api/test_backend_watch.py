"""The router audits a backend of its own: an alarm is counted, recorded in the ledger, and followed by `on_swap`."""

import json
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest
from audit_endpoint import endpoint, other, plain

from api.backends import house_in
from api.servers import Running, Starter
from router.audit import backend_watch
from router.audit.backend_watch import BackendWatch
from router.audit.enrolled_file import read_enrolled
from router.errors import ConfigError
from router.types.config import BackendAudit

DAY = "2026-01-01"
PROMPTS = [f"question {number}" for number in range(4)]


def enrolled(path: Path) -> str:
    """What the backend answered when it was enrolled."""
    answers = [{"prompt": p, "answers": [plain()(0, p)[1] for _ in range(60)]} for p in PROMPTS]
    about = {
        "kind": "fungible/enrolled@v1",
        "model": "first",
        "channel": "a test",
        "begun": "2026-01-01",
        "ended": "2026-01-01",
    }
    path.write_text(json.dumps({**about, "parameters": {"max_tokens": 50}, "asked": answers}))
    return str(path)


def served(start: Starter, folder: Path, url: str, on_swap: str, **audit: Any) -> Running:
    house_in(folder, {"first": url}, models={"first": "model-a"})
    written = json.loads((folder / "providers.yaml").read_text())
    written["providers"]["first"] |= {"on_swap": on_swap, "audit": audit}
    (folder / "providers.yaml").write_text(json.dumps(written))
    return start(folder=folder)


def figure(running: Running, name: str) -> float:
    with running.http() as client:
        lines = client.get("/metrics").text.splitlines()
    return float(next(line.split()[-1] for line in lines if line.startswith(f'{name}{{provider="first"}}')))


def until_at_least(running: Running, name: str, value: float) -> None:
    due = time.monotonic() + 20
    while figure(running, name) < value:
        assert time.monotonic() < due, f"{name} stays below {value}"
        time.sleep(0.05)


@pytest.mark.parametrize(("on_swap", "left_alone"), [("note", False), ("failover", True), ("eject", True)])
def test_a_backend_that_was_swapped_rings_and_is_left_alone(
    start: Starter, tmp_path: Path, caplog: pytest.LogCaptureFixture, on_swap: str, left_alone: bool
) -> None:
    reference = enrolled(tmp_path / "first.json")
    with endpoint(other()) as backend:
        running = served(
            start,
            tmp_path / "c",
            backend.url,
            on_swap,
            reference=reference,
            model="first",
            every_s=0.01,
            false_alarms=500,
        )
        until_at_least(running, "fungible_backend_audit_alarms_total", 1)
        assert (running.service.state.pool.states["first"].breaker.until is not None) == left_alone
        due = time.monotonic() + 10
        while not (rows := _swaps(running)) and time.monotonic() < due:
            time.sleep(0.05)
        with running.http() as client:
            (row,) = client.get("/admin/v1/audits").json()["backends"]
    assert json.loads(rows[0])["provider"] == "first"
    assert (row["provider"], row["on_swap"], row["rings_at"]) == ("first", on_swap, 500)
    assert row["alarms"] >= 1
    assert max(level for _, level in row["levels"]) >= 500
    assert "question" not in str(rows)
    assert f"the backend of first no longer answers as first did; on_swap: {on_swap}" in caplog.messages
    assert "question" not in caplog.text


def _swaps(running: Running) -> list[bytes]:
    with running.ledger.log.reading() as database:
        return [bytes(body) for (body,) in database.execute("SELECT body FROM records WHERE kind = 'swap'", ())]


def test_a_backend_that_stays_does_not_ring_and_the_budget_holds(start: Starter, tmp_path: Path) -> None:
    reference = enrolled(tmp_path / "first.json")
    with endpoint(plain()) as backend:
        # A call costs at most (14 + 64) + 2 * 50 micro-dollars, and did cost 10 + 2 * 20.
        running = served(
            start, tmp_path / "c", backend.url, "note", reference=reference, model="first", every_s=0.01, budget=0.001,
            false_alarms=1e6,
        )  # fmt: skip
        until_at_least(running, "fungible_backend_audit_calls_total", 17)
        time.sleep(0.3)
        assert figure(running, "fungible_backend_audit_calls_total") == 17
        assert figure(running, "fungible_backend_audit_alarms_total") == 0


def test_each_round_asks_every_prompt_in_an_order_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend_watch, "_CHANCE", Random(1))
    audit = BackendAudit(enrolled(tmp_path / "first.json"), "first")
    service: Any = None
    asked = BackendWatch(service, "first", audit, read_enrolled(Path(audit.reference)))._prompts()
    rounds = [tuple(asked[start : start + len(PROMPTS)]) for start in range(0, len(asked), len(PROMPTS))]
    assert (len(rounds), {tuple(sorted(each)) for each in rounds}) == (60, {tuple(PROMPTS)})
    assert len(set(rounds)) > 12


def test_a_row_that_cannot_be_watched_is_refused(start: Starter, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="fungible audit enroll"):
        served(start, tmp_path / "c", "http://127.0.0.1:9/v1", "note", reference="nowhere.json", model="first")
    with pytest.raises(ConfigError, match="no model of the catalog"):
        served(
            start, tmp_path / "d", "http://127.0.0.1:9/v1", "note", reference=enrolled(tmp_path / "f"), model="third"
        )
