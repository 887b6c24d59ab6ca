"""A benchmark in CI fails by intervals: below a limit, or less than in a run before."""

from pathlib import Path

import numpy as np
import orjson
import pytest
from cli.running import fungible

from router.bench.routing.compare_readers import Report
from router.bench.routing.frontier import constant
from router.bench.routing.frontier import judge as judge_router
from router.bench.routing.measures import Interval
from router.bench.routing.records.ci_gate import (
    Earlier,
    Figure,
    below,
    fallen,
    figures_of_report,
    kept_draws,
    parse_limits,
    read_earlier,
    resamples_of,
)
from router.bench.routing.records.manifest import write_manifest
from router.bench.routing.resampling import Resamples
from router.bench.routing.strong_weak import judge as judge_pair
from router.errors import BadRequest, ConfigError


def report(seed: int = 0, skill: float = 1.0, *, priced: bool = True) -> Report:
    """A table of 200 prompts on which a score knows something of where the strong model is needed."""
    random = np.random.default_rng(seed)
    strong, weak = (random.random(200) < 0.9).astype(float), (random.random(200) < 0.5).astype(float)
    drawn = Resamples.of(np.arange(200), 60)
    score = skill * (strong - weak) + random.standard_normal(200)
    pairs = [
        judge_pair("length", "none", random.standard_normal(200), weak, strong, drawn),
        judge_pair("fit", "in-domain", score, weak, strong, drawn),
    ]
    scores, costs = np.column_stack([strong, weak]), np.tile([2.0, 1.0], (200, 1))
    single = judge_router(constant("cheapest", [1], scores, costs), scores, costs, drawn)
    return Report(
        table="t",
        prompts=200,
        groups=200,
        strong="s",
        weak="w",
        strong_score=0.9,
        weak_score=0.5,
        pairs=tuple(pairs),
        routers=(single,) if priced else (),
        costs_from="",
        models=("s", "w"),
        faults=(),
        notes=(),
        digest="abc",
    )


def test_a_limit_fails_by_the_interval_and_not_by_the_number() -> None:
    made = report()
    fit = made.pairs[1].apgr
    assert fit.low < fit.value < fit.high
    assert below([made], parse_limits([f"apgr={fit.low}"])) == ([], [])
    failed, doubtful = below([made], parse_limits([f"apgr={(fit.value + fit.high) / 2}"]))
    assert failed == []
    assert "but its interval is not" in doubtful[0]
    failed, _ = below([made], parse_limits([f"fit:apgr={fit.high + 0.01}"]))
    assert "apgr of fit" in failed[0]
    failed, _ = below([made], parse_limits(["cheapest:aiq=0.99"]))
    assert len(failed) == 1


@pytest.mark.parametrize("word", ["apgr", "apgr=", "apgr=x", "apgr=nan", "speed=1"])
def test_what_is_no_limit_is_said(word: str) -> None:
    with pytest.raises(BadRequest, match=r"is not MEASURE=NUMBER"):
        parse_limits([word])


def test_a_limit_on_what_was_not_measured_is_said() -> None:
    with pytest.raises(BadRequest, match="was not measured of nobody"):
        below([report()], parse_limits(["nobody:apgr=0.5"]))
    with pytest.raises(BadRequest, match="was not measured of anything"):
        below([report(priced=False)], parse_limits(["aiq=0.5"]))


def test_a_run_is_compared_with_itself_pair_by_pair(tmp_path: Path) -> None:
    made = report()
    write_manifest(tmp_path / "m.json", {"data": [], "rounds": 60, "seed": 0}, [made])
    earlier = read_earlier(tmp_path / "m.json")
    changes = fallen([made], earlier, resamples_of([made], 60, 0))
    assert {key[3] for key, _ in changes} == {"apgr", "aiq", "arena"}
    assert all(abs(change.low) + abs(change.high) < 1e-5 for _, change in changes)


def test_a_fall_is_shown_on_the_same_prompts_and_not_between_unlike_samples(tmp_path: Path) -> None:
    good, bad = report(skill=4.0), report(skill=0.0)
    write_manifest(tmp_path / "m.json", {"data": [], "rounds": 60, "seed": 0}, [good])
    same = {key[1]: change for key, change in fallen([bad], read_earlier(tmp_path / "m.json"), {})}
    assert same["fit"].high < 0
    plain = [good.plain()]
    (tmp_path / "j.json").write_bytes(orjson.dumps(plain, option=orjson.OPT_SERIALIZE_NUMPY))
    changes = dict(fallen([report(seed=1, skill=4.0)], read_earlier(tmp_path / "j.json"), {}))
    apgr = changes["t", "fit", "in-domain", "apgr"]
    assert apgr.low < 0 < apgr.high


def test_draws_that_are_not_finite_are_not_kept() -> None:
    kept = kept_draws([report()])
    assert set(kept) == {
        "t\tlength\tnone\tapgr",
        "t\tfit\tin-domain\tapgr",
        "t\tcheapest\tnone\taiq",
        "t\tcheapest\tnone\tarena",
    }
    assert ("t", "cheapest", "none", "saved") in figures_of_report(report())


def test_what_was_never_written_by_a_benchmark_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"figures": [{"table": 1}]}')
    with pytest.raises(ConfigError, match="is nothing that `bench routing` wrote"):
        read_earlier(tmp_path / "x.json")
    earlier = Earlier({("t", "other", "none", "apgr"): Figure(Interval(0.5, 0.4, 0.6))}, {})
    assert fallen([report()], earlier, {}) == []


def test_the_command_fails_where_a_limit_is_not_reached(tmp_path: Path) -> None:
    rows = [f"prompt {n} about {'abcdef'[n % 6] * 3},1,{n % 2}" for n in range(60)]
    (tmp_path / "t.csv").write_text("\n".join(["prompt,x,y", *rows]))
    words = ["bench", "routing", "t.csv", "--compare", "length", "--rounds", "20", "--seed", "1"]
    first = fungible(tmp_path, *words, "--manifest", "m.json")
    assert first.returncode == 0, first.stderr
    shown = fungible(tmp_path, *words, "--fail-below", "apgr=0.99", "--baseline", "m.json")
    assert shown.returncode == 4
    assert "fails t.csv: apgr of length" in shown.stderr
    assert "1 figures are compared with m.json" in shown.stderr
