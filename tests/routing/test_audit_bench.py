"""`fungible bench audit`: a whole swap is shown, an honest endpoint is not, and the command shows every row."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from cli.running import fungible

from router.bench.audit import stub_pool
from router.bench.audit.adversaries import ADVERSARIES, HONEST, SHARES, dilution
from router.bench.audit.answer_pool import Pool, pool_of
from router.bench.audit.audit_trials import ALPHA, METHODS, Trials, null_cells, wilson

PROMPTS, ANSWERS = 8, 40
WORDS = ("map", "river", "lake", "hill", "road", "town", "field", "stone")


def pool() -> Pool:
    """Two voices on a few prompts."""
    rows = []
    for prompt in range(PROMPTS):
        for number in range(ANSWERS):
            first, second = WORDS[number % 8], WORDS[(3 * number + prompt) % 8]
            rows.append((f"{prompt}", "a", f"The answer to {prompt} is a {first} and a {second}."))
            rows.append((f"{prompt}", "b", f"Certainly! As for {prompt}: {second}, or perhaps {first}!"))
    return pool_of("two voices", rows)


@pytest.fixture(scope="module")
def trials() -> Trials:
    return Trials(pool(), 3)


def test_stubs_make_a_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stub_pool, "PROMPTS", 2)
    monkeypatch.setattr(stub_pool, "ANSWERS", 20)
    made = stub_pool.stub_pool()
    assert (made.name, made.models, made.answers) == ("stubs", ("gpt-5", "mai-1"), 20)


def test_a_whole_swap_is_shown_by_every_method_and_an_honest_endpoint_is_not(trials: Trials) -> None:
    for method in METHODS:
        cell = trials.cell(dilution(1.0), method, 3, 40)
        assert (cell.shown, cell.swaps, cell.method) == (1.0, True, method.name)
        assert cell.median is not None
        assert cell.median <= 40
    honest = null_cells(trials, 3, 12)
    assert [cell.method for cell in honest] == [method.name for method in METHODS]
    assert {cell.shown for cell in honest} == {0.0}
    assert {(cell.swaps, cell.median) for cell in honest} == {(False, None)}


def test_an_interval_is_looked_at_after_every_round(trials: Trials) -> None:
    cell = trials.cell(dilution(0.5), METHODS[2], 2, 12, share=0.5)
    assert (cell.covered, cell.runs, cell.calls) == (1.0, 2, 12)
    assert cell.width is not None
    assert 0 < cell.width <= 1


def test_other_methods_see_the_same_answers(trials: Trials) -> None:
    words, once, again = trials.other_methods(HONEST, 2, 20)
    assert [words.method, once.method] == ["first words, K = 1", "MMD once at the end"]
    assert again.shown >= once.shown


def test_a_share_has_its_interval() -> None:
    low, high = wilson(0.006, 1000)
    assert (round(low, 3), round(high, 3)) == (0.003, 0.013)
    assert wilson(0.0, 10)[0] == 0.0


def test_the_command_shows_every_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = import_module("router.cli.bench.bench_audit")
    monkeypatch.setattr(command, "SLOW_CALLS", 10)
    monkeypatch.setattr(command, "stub_pool", pool)
    words = ["bench", "audit", "--runs", "2", "--null-runs", "2", "--calls", "10", "--null-calls", "10"]
    shown = fungible(tmp_path, *words, columns="120")
    assert shown.returncode == 0, shown.stderr
    for name in (HONEST.name, *(adversary.name for adversary in ADVERSARIES), "MMD once at the end"):
        assert name in shown.stdout
    assert f"α = {ALPHA}" in shown.stdout
    rows = len(METHODS) * (1 + len(ADVERSARIES)) + len(SHARES) + 3 * (1 + len(SHARES))
    assert len(re.findall(r"\[\d+\.\d, \d+\.\d\]", shown.stdout)) == rows
