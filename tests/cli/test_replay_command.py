"""`fungible policy replay` as a person or a pipeline uses it."""

import asyncio
import io
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.console import Console
from unit.replay_samples import many, told
from unit.replay_samples import wide as strict

from cli.running import fungible
from router.api.assembly import assemble
from router.bench.http.replay_speed import measure
from router.cli.policy.policy_replay import Gate, run
from router.cli.policy.replay_tables import show
from router.config import load
from router.errors import NotFound
from router.ledger import SqliteLedger
from router.ledger.location import LEDGER, Place
from router.policy.replay.flip_causes import Versions
from router.policy.replay.intervals import Estimate
from router.policy.replay.replay import replay
from router.policy.replay.result import Flow, Replay
from router.serving.request_context import RequestContext
from router.serving.service import Service
from router.types import ALWAYS, Change, ChatRequest, Message, Rule

NO_LIMITS = Gate()
RULE = Rule("rule", "a test", ALWAYS, Change(optimize="cost"))
PROMPTS = [
    {
        "id": f"case-{n}",
        "task": "chat",
        "difficulty": 0,
        "language": "en",
        "messages": [{"role": "user", "content": text}],
    }
    for n, text in enumerate(
        ("hi", "Prove that there are infinitely many primes.", "Translate <b>this</b> into Korean.")
    )
]


@pytest.fixture
def prompts(tmp_path: Path) -> str:
    path = tmp_path / "prompts.jsonl"
    path.write_text("\n".join(json.dumps(prompt) for prompt in PROMPTS))
    return str(path)


def replayed(
    capfd: pytest.CaptureFixture[str], before: str, after: str, log: str, data: Path, gate: Gate = NO_LIMITS
) -> dict[str, Any]:
    run(before, after, log, None, Place(data), None, None, gate, as_json=True)
    body: dict[str, Any] = json.loads(capfd.readouterr().out)
    return body


def test_two_policies_are_replayed_on_prompts(prompts: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    body = replayed(capfd, "quality", "cost", prompts, tmp_path)
    assert (body["before"], body["after"], body["log"]) == ("quality", "cost", prompts)
    assert body["total"]["requests"] == 3
    assert body["total"]["flips"] == sum(cause["flips"] for cause in body["causes"]) > 0
    assert float(body["total"]["cost_after_usd"]) < float(body["total"]["cost_before_usd"])
    assert body["limits_passed"] == []
    assert {lost["id"] for lost in body["worst"]} <= {"case-0", "case-1", "case-2"}


def test_a_version_replayed_against_itself_changes_nothing(
    prompts: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    body = replayed(capfd, "current", "shipped", prompts, tmp_path, Gate(0.0, 0.0))
    assert (body["total"]["flips"], body["causes"], body["worst"]) == (0, [], [])


@pytest.mark.parametrize(("log", "words"), [("nowhere.jsonl", "is no log"), (".", "No Parquet file matches")])
def test_what_is_no_log_is_told(log: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=words):
        run("current", "cost", log, None, Place(tmp_path), None, None, NO_LIMITS, as_json=True)


def test_an_empty_ledger_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"No requests are logged yet .*--log workload"):
        run("current", "cost", "ledger", None, Place(tmp_path), None, None, NO_LIMITS, as_json=True)
    SqliteLedger(tmp_path / LEDGER).close()
    with pytest.raises(NotFound, match="No requests are logged yet"):
        run("current", "cost", "ledger", None, Place(tmp_path), None, None, NO_LIMITS, as_json=True)


def test_the_requests_of_the_ledger_are_replayed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    served = serve(tmp_path, ["hi", "Prove that there are infinitely many primes."])
    body = replayed(capfd, "current", "cost", "ledger", tmp_path)
    assert body["total"]["requests"] == 2
    assert {flow["before"] for flow in body["flows"]} == set(served)


def serve(data: Path, texts: list[str]) -> list[str]:
    """Serve some prompts under the shipped configuration; gives the models that were chosen."""

    async def go(service: Service) -> list[str]:
        chosen = []
        for text in texts:
            async with service.answer(ChatRequest("auto", (Message("user", text),)), RequestContext("test")) as answer:
                async for _ in answer:
                    pass
            chosen.append(answer.settled().chosen)
        return chosen

    with closing(SqliteLedger(data / LEDGER)) as ledger:
        return asyncio.run(go(assemble(load(), ledger)))


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        (Gate(max_quality_drop=0.001), ["predicted quality changes by −", "may fall by 0.1"]),
        (Gate(max_cost_rise=0.0), []),
    ],
)
def test_a_limit_that_is_passed_fails_and_says_which(
    gate: Gate, words: list[str], prompts: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    if words:
        with pytest.raises(typer.Exit) as caught:
            run("quality", "cost", prompts, None, Place(tmp_path), None, None, gate, as_json=False)
        assert caught.value.exit_code == 1
    else:
        run("quality", "cost", prompts, None, Place(tmp_path), None, None, gate, as_json=False)
    sentence = " ".join(capfd.readouterr().err.split())
    assert ("past a limit" in sentence) == bool(words)
    assert all(word in sentence for word in words)


def test_the_limits_are_judged_by_the_estimate() -> None:
    result = told()
    drop = -result.total.quality.value
    assert isinstance(result.total.quality, Estimate)
    assert Gate(max_quality_drop=drop).broken(result) == []
    assert len(Gate(max_quality_drop=drop * 0.999, max_cost_rise=0.0).broken(result)) == 1
    assert "95 %" in Gate(max_quality_drop=0.0).broken(result)[0]
    assert Gate(max_refused=0).broken(result) == []
    refusing = replace(result, refusals=replace(result.refusals, newly=3))
    assert Gate(max_refused=3).broken(refusing) == []
    assert Gate(max_refused=2).broken(refusing) == ["3 requests that were answered are refused, and 2 may be"]


def test_the_command_shows_its_figures_and_writes_its_page(prompts: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    words = ["policy", "replay", "--from", "quality", "--to", "cost", "--log", prompts, "--html", str(page)]
    shown = fungible(tmp_path, *words, "--max-cost-rise", "0")
    assert shown.returncode == 0, shown.stderr
    for title in ("quality → cost, 3 requests", "Who answers", "From model to model", "What flipped them", "By task"):
        assert title in shown.stdout
    assert str(page) in shown.stdout
    assert page.read_text().startswith("<!doctype html>")
    failed = fungible(tmp_path, *words, "--max-quality-drop", "0")
    assert failed.returncode == 1
    assert "past a limit" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_the_shipped_workload_is_a_log(tmp_path: Path) -> None:
    shown = fungible(tmp_path, "policy", "replay", "--to", "quality", "--log", "workload", "--json")
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout)["total"]["requests"] == 509


def test_the_benchmark_measures_and_checks_a_replay() -> None:
    figures = measure(300, 1)
    assert figures["checked_against_decide"] == 300
    assert figures["total_s"] > 0


def shown(result: Replay, width: int) -> str:
    console = Console(width=width, record=True, file=io.StringIO())
    show(result, console, "page.html")
    return console.export_text()


def test_a_wide_terminal_shows_intervals_and_a_narrow_one_fits() -> None:
    wide, narrow = shown(told(), 150), shown(told(), 80)
    for text in (wide, narrow):
        assert "By key" in text
        assert "policies.plain.band: 0 -> 1" in text
        assert "page.html" in text
        assert "…" not in text
    assert "quality (95 %)" in wide
    assert "no room for" not in wide
    assert "(no room for: quality (95 %); --json or a wider terminal shows it)" in narrow
    assert max(map(len, narrow.splitlines())) <= 80


def test_what_is_refused_is_told_and_what_does_nothing_is_counted() -> None:
    rules = (replace(RULE, name="idle"), replace(RULE, name="idle too"))
    result = replay(many(), Versions(strict(0), strict(1, floors={"chat": 0.99}, rules=rules)))
    text = shown(result, 120)
    assert "20 of them were answered before" in text
    assert "refused" in text
    assert "2 changes flip nothing" in text


def test_of_many_flows_and_causes_the_largest_are_shown() -> None:
    result = told()
    flows = tuple(Flow(f"m{n}", "weak", 1) for n in range(12))
    causes = tuple(replace(result.causes[0], label=f"cause {n}") for n in range(20))
    text = shown(replace(result, flows=flows, causes=causes), 120)
    assert "4 more" in text
    assert "8 more" in text
