"""The demonstration as data: every policy beside named baselines, then a substitution in four steps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from router.api.assembly import assemble
from router.bench.workload import Result, Summary, run_cases, summarise
from router.config.seeds import Case
from router.ledger import SqliteLedger
from router.service import Service
from router.types import Condition, Config, Ramp

# Fixed, so that every run of the demonstration moves the same conversations.
SALT = b"demo"
SHARES = (0.0, 0.25, 0.5, 1.0)
ORIGINAL, SUBSTITUTE, ORDINARY_BELOW = "gpt-5", "mai-1", 0.5


@dataclass(frozen=True, slots=True)
class Run:
    """One way of serving the workload. `kind` is baseline, policy or share."""

    kind: str
    name: str
    label: str
    summary: Summary
    results: tuple[Result, ...]


def runs_in(config: Config) -> int:
    """How many times the workload will be run."""
    return len(config.models) + len(config.policies) + len(SHARES)


def tell(config: Config, cases: Sequence[Case], advance: Callable[[], object] = lambda: None) -> list[Run]:
    """Run everything, in order: baselines, policies, shares of the substitution."""
    service = assemble(config, SqliteLedger())
    singles = {m.id: _run(service, cases, "baseline", m.id, m.id, advance) for m in config.models}
    policies = [_run(service, cases, "policy", name, name, advance) for name in config.policies]
    return [*_baselines(singles), *policies, *substitution(config, cases, advance)]


def _baselines(singles: dict[str, Run]) -> list[Run]:
    """The models that answer every case they can, named for what they are."""
    whole = max(run.summary.answered for run in singles.values())
    able = [run for run in singles.values() if run.summary.answered == whole]
    named = {
        "all dearest": max(able, key=lambda run: run.summary.cost),
        "all best": max(able, key=lambda run: run.summary.predicted),
        "all cheapest": min(able, key=lambda run: run.summary.cost),
    }
    return [replace(run, label=f"{label}: {run.name}") for label, run in named.items()]


def substitution(config: Config, cases: Sequence[Case], advance: Callable[[], object]) -> list[Run]:
    """The same traffic, all of it asking for the original, with its ordinary work moved share by share."""
    if not {ORIGINAL, SUBSTITUTE} <= {model.id for model in config.models}:
        return []
    runs = []
    for share in SHARES:
        ramp = Ramp(
            "ordinary-work",
            "what quiet substitution would do",
            ORIGINAL,
            SUBSTITUTE,
            share,
            when=Condition(difficulty_below=ORDINARY_BELOW),
        )
        service = assemble(replace(config, ramps=(ramp,)), SqliteLedger(), salt=SALT)
        results = run_cases(service, cases, ORIGINAL, "any", advance)
        runs.append(Run("share", f"{share:.0%}", f"{share:.0%}", summarise(results), tuple(results)))
    return runs


def _run(
    service: Service, cases: Sequence[Case], kind: str, name: str, label: str, advance: Callable[[], object]
) -> Run:
    results = run_cases(service, cases, name, None, advance)
    return Run(kind, name, label, summarise(results), tuple(results))
