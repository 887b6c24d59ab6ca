"""The first half of the demonstration as data: every policy and named baselines, on the shipped workload."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from router.api.assembly import assemble
from router.bench.demo.workload import Result, Summary, run_cases, summarise
from router.config.files.seed_data import Case
from router.ledger import SqliteLedger
from router.money import ZERO
from router.serving.service import Service
from router.types import Config

MOST_BASELINES = 3


@dataclass(frozen=True, slots=True)
class Run:
    """One way of serving the workload. `kind` is baseline or policy."""

    kind: str
    name: str
    label: str
    summary: Summary
    results: tuple[Result, ...]


def runs_in(config: Config) -> int:
    """How many times the workload will be run, at most."""
    return MOST_BASELINES + len(config.policies)


def run_all(config: Config, cases: Sequence[Case], advance: Callable[[], object] = lambda: None) -> list[Run]:
    """Run the workload under every baseline, then under every policy."""
    service = assemble(config, SqliteLedger())
    policies = [_run(service, cases, "policy", name, name, advance) for name in config.policies]
    named = baselines(policies[0].results)
    singles = {
        model: _run(service, cases, "baseline", model, model, advance) for model in dict.fromkeys(named.values())
    }
    baseline_runs = [replace(singles[model], label=f"{label}: {model}") for label, model in named.items()]
    return [*baseline_runs, *policies]


def baselines(results: Sequence[Result]) -> dict[str, str]:
    """The dearest, best and cheapest of the models that can answer most, by what was predicted for every case."""
    able: Counter[str] = Counter()
    cost: dict[str, Decimal] = {}
    quality: dict[str, float] = {}
    for candidate in (c for result in results if result.receipt for c in result.receipt.decision.candidates):
        able[candidate.model] += not candidate.excluded
        cost[candidate.model] = cost.get(candidate.model, ZERO) + candidate.cost
        quality[candidate.model] = quality.get(candidate.model, 0.0) + candidate.quality
    whole = [model for model, count in able.items() if count == max(able.values())]
    return {
        "all dearest": max(whole, key=lambda model: cost[model]),
        "all best": max(whole, key=lambda model: quality[model]),
        "all cheapest": min(whole, key=lambda model: cost[model]),
    }


def _run(
    service: Service, cases: Sequence[Case], kind: str, name: str, label: str, advance: Callable[[], object]
) -> Run:
    results = run_cases(service, cases, name, None, advance)
    return Run(kind, name, label, summarise(results), tuple(results))
