"""The simulation of names over versions: its bets are those of ramps, its figures are counted right."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli.running import fungible

from router.bench.ramps.alias_chains import TRUTHS, Chains, _decided, measure, qualities
from router.evidence import Evidence, Question, observe

CHAINS = Chains(
    margin=0.1, alpha=0.1, runs=40, tasks=2, versions=3, give_up=1500, drift=0.02, spread=0.08, base=0.7,
    correlation=0.5, seed=5,
)  # fmt: skip


def test_the_alias_falls_no_oftener_than_it_promises_and_others_do() -> None:
    gains, at_margin, creeping = measure(CHAINS)
    assert [each.truth for each in (gains, at_margin, creeping)] == list(TRUTHS)
    assert gains.alias.fell.value <= CHAINS.alpha
    assert at_margin.alias.fell.value <= 2 * CHAINS.alpha
    mean, newest, first = gains.others
    assert gains.alias.fell.value < mean.fell.value + 1e-9 < newest.fell.value
    assert (first.fell.value, first.gained) == (0.0, 0.0)
    assert gains.alias.gap < first.gap
    assert (at_margin.others[1].fell.value, at_margin.others[2].near.value) == (1.0, 1.0)
    assert creeping.alias.fell.value == 0.0
    ups = gains.upgrades
    assert ups.let_in.value + ups.kept_out.value + ups.given_up.value == pytest.approx(1)


def test_comparisons_end_where_the_evidence_of_ramps_decides() -> None:
    question, original, substitute = Question(0.1, 0.05), np.array([0.5, 0.8]), np.array([0.7, 0.5])
    chains = replace(CHAINS, give_up=600)
    calls = _decided(chains, question, original, substitute, np.random.default_rng(7))
    draws = np.random.default_rng(7)
    from router.bench.ramps.alias_chains import _differences

    outcomes = _differences(original, substitute, chains.correlation, draws, 512)
    for row, call in enumerate(calls):
        evidence = Evidence(question)
        for d in outcomes[row][: int(abs(call))].tolist():
            assert not (evidence.promoted or evidence.harmed)
            evidence = observe(evidence, d)
        assert (evidence.promoted, evidence.harmed) == (call > 0, call < 0)


def test_truths_are_what_they_are_called() -> None:
    random = np.random.default_rng(1)
    worse = np.diff(qualities(CHAINS, "worse by the margin", 5, random), axis=2)
    assert worse[..., 0] == pytest.approx(-0.1)
    assert worse[..., 1] == pytest.approx(0)
    assert np.diff(qualities(CHAINS, "a little worse each time", 5, random), axis=2) == pytest.approx(-0.04)


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_the_command_shows_every_truth(tmp_path: Path, words: tuple[str, ...]) -> None:
    plain = [
        "bench",
        "aliases",
        "--runs",
        "12",
        "--tasks",
        "1",
        "--versions",
        "3",
        "--give-up",
        "600",
        "--margin",
        "0.1",
    ]
    shown = fungible(tmp_path, *plain, *words, columns="80")
    assert shown.returncode == 0, shown.stderr
    if not words:
        for sentence in ("gains and losses", "worse by the margin", "always the newest", "given up"):
            assert sentence in shown.stdout
        assert max(len(line.rstrip()) for line in shown.stdout.splitlines()) <= 80
        return
    report: Any = json.loads(shown.stdout)
    # A golden figure: what the seed gives.
    assert [truth["alias"]["fell"]["value"] for truth in report["truths"]] == [0.0, 0.1, 0.0]
    assert report["chains"]["seed"] == 5
