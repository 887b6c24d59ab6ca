"""Scenarios over HTTP: who may look, who may play, what is refused; and the process in which they are played."""

import asyncio
import sys

import pytest

from api.servers import Running, Starter
from router.api.playing.scenario_plays import ScenarioPlays
from router.api.playing.scenario_worker import answered
from router.errors import BadRequest, DeadlineExceeded, RouterError

ROOT = "/admin/v1/scenarios"


@pytest.fixture(scope="module")
def running(start_shared: Starter) -> Running:
    return start_shared()


def test_all_are_listed_with_their_settings_and_sources(running: Running) -> None:
    with running.http() as client:
        rows = {row["name"]: row for row in client.get(ROOT).json()["data"]}
    assert rows["off-frontier"]["settings"]["lag"]["source"]
    assert {fact["status"] for fact in rows["off-frontier"]["facts"]} >= {"reported", "correction"}


def test_what_is_not_there_or_does_not_fit_is_refused(running: Running) -> None:
    with running.http() as client:
        assert client.get(f"{ROOT}/off-frontierr").status_code == 404
        assert client.get(f"{ROOT}/..%2Fx.yaml").status_code == 404
        for query in ("lag=much", "lag=nan", "lag=1e400", "lag=-inf", "lag=1&lag=2", "lag=1&lag=1", "seed=1&seed=2"):
            assert client.get(f"{ROOT}/off-frontier?{query}").status_code == 400, query
    with running.http("fga_wrong") as client:
        assert client.get(ROOT).status_code == 401


def test_a_viewer_does_not_play(running: Running) -> None:
    with running.http() as owner:
        key = owner.post("/admin/v1/admins", json={"name": "looks", "role": "viewer"}).json()["secret"]
    with running.http(key) as viewer:
        assert viewer.get(ROOT).status_code == 200
        refused = viewer.get(f"{ROOT}/off-frontier?lag=3")
    assert refused.status_code == 403
    assert "editors" in refused.json()["error"]["message"]


def test_the_worker_answers_as_the_command_does() -> None:
    asked = {"name": "trust", "set": {"requests": 2, "calls": 5}, "seed": 2}
    first = answered(asked)["result"]
    assert first["set"]["calls"] == 5
    assert answered(asked)["result"] == first
    assert "Did you mean 'calls'" in answered({**asked, "set": {"cals": 1}})["error"]


def worker(body: str) -> tuple[str, ...]:
    return (sys.executable, "-c", f"import sys\nfor line in sys.stdin:\n    {body}; sys.stdout.flush()")


def test_equal_questions_are_asked_once() -> None:
    async def go() -> None:
        plays = ScenarioPlays(worker("""print('{"result": ' + str(len(line)) + '}')"""))
        first, again = await asyncio.gather(plays.play("a", {"x": 1}, 1), plays.play("a", {"x": 1}, 1))
        assert first == again
        assert await plays.play("a", {"x": 10}, 1) == first + 1
        await plays.close()
        assert await plays.play("a", {"x": 1}, 1) == first

    asyncio.run(go())


def test_what_does_not_fit_takes_too_long_or_ends_is_said() -> None:
    async def go() -> None:
        refuses = ScenarioPlays(worker("""print('{"error": "no"}')"""))
        with pytest.raises(BadRequest, match="no"):
            await refuses.play("a", {}, 1)
        await refuses.close()
        with pytest.raises(DeadlineExceeded):
            await ScenarioPlays(worker("import time; time.sleep(60)"), longest_s=0.1).play("a", {}, 1)
        with pytest.raises(RouterError, match="ended"):
            await ScenarioPlays((sys.executable, "-c", "")).play("a", {}, 1)

    asyncio.run(go())


def test_an_idle_process_is_ended() -> None:
    async def go() -> None:
        plays = ScenarioPlays(worker("""print('{"result": 1}')"""), idle_s=0.01)
        assert await plays.play("a", {}, 1) == 1
        await asyncio.sleep(0.1)
        assert await plays.play("b", {}, 1) == 1
        await plays.close()

    asyncio.run(go())
