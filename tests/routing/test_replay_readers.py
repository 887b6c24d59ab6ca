"""A replay forecasts what a fitted reader will choose, each version read by its own reader."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import orjson
import pytest
from cli.running import fungible

from router.config import load
from router.decision.decide import decide
from router.errors import RouterError
from router.policy.forecast.two_readers import for_second_reader, read_by_both
from router.policy.replay.decide_batch import Side, decide_sides
from router.policy.replay.request_columns import Logged, gathered
from router.types import Ask, Config, Features, Situation
from routing.test_fit import table


def features(difficulty: float, traits: tuple[float, ...] = ()) -> Features:
    return Features(
        task="coding",
        task_probability=1.0,
        difficulty=difficulty,
        difficulty_error=0.0,
        language="en",
        input_tokens=100,
        input_tokens_error=0.0,
        output_tokens=200,
        output_limit=0,
        choices=1,
        needs=(),
        traits=traits,
    )


def logged(rows: list[Features]) -> list[Logged]:
    ask = Ask(asked="balanced", policy="balanced", model=None, consent="any", unit="u")
    situation = Situation(date(2026, 11, 20))
    return [(f"r{number}", each, replace(ask, unit=f"u{number}"), situation) for number, each in enumerate(rows)]


def chosen(config: Config, row: Logged) -> str | None:
    try:
        return decide(row[1], row[2], row[3], config).chosen
    except RouterError:
        return None


@pytest.mark.parametrize("own", [(), (0.3,)])
def test_each_version_is_decided_by_its_own_reader(own: tuple[float, ...]) -> None:
    shipped = load()
    before = replace(shipped, models=tuple(_loaded(model, (0.4,) * len(own)) for model in shipped.models))
    after = replace(shipped, models=tuple(_loaded(model, (1.0, -0.5)) for model in shipped.models))
    first = logged([features(d, own) for d in (-2.0, 0.0, 1.0, 2.5, 0.5)])
    second = logged([features(d, (d, 0.5)) for d in (1.0, 3.0, -1.0, 0.2, 0.4)])
    both = gathered(read_by_both(first, second, len(own)))
    sides = decide_sides([Side(both, before), Side(both, for_second_reader(after, len(own)))])
    for side, config, rows in zip(sides, (before, after), (first, second), strict=True):
        names = [side.models[place] if place >= 0 else None for place in side.chosen.tolist()]
        assert names == [chosen(config, row) for row in rows]


def _loaded(model, loadings):  # type: ignore[no-untyped-def]
    return replace(model, abilities=replace(model.abilities, loadings=loadings))


def test_the_command_forecasts_a_fit_before_it_serves(tmp_path: Path) -> None:
    planted = table(200)
    rows = [
        f'"{prompt}",{strong:g},{weak:g}'
        for prompt, (strong, weak) in zip(planted.prompts, planted.scores.tolist(), strict=True)
    ]
    (tmp_path / "t.csv").write_text("\n".join(["prompt,gpt-5,phi-4", *rows]), encoding="utf-8")
    prompts = [orjson.dumps({"id": str(number), "prompt": text}) for number, text in enumerate(planted.prompts[:50])]
    (tmp_path / "log.jsonl").write_bytes(b"\n".join(prompts))
    fungible(tmp_path, "init", "mine")
    fungible(tmp_path, "fit", "t.csv", "--out", "fit", "--merge", "mine")
    words = [
        "policy",
        "replay",
        "--from",
        "shipped",
        "--to",
        "mine",
        "--log",
        "log.jsonl",
        "--reader-to",
        "fit",
        "--json",
    ]
    shown = fungible(tmp_path, *words)
    assert shown.returncode == 0, shown.stderr
    assert "careful" not in shown.stderr
    total = orjson.loads(shown.stdout)["total"]
    assert total["requests"] == 50
    assert total["flips"] > 0
    warned = fungible(tmp_path, "policy", "replay", "--from", "shipped", "--to", "mine", "--log", "log.jsonl")
    assert "careful" in warned.stderr
