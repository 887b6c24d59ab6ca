"""Small values for tests: each builder gives something sound, and takes what the test is about."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from router.decision.receipt import Ending, Exchange
from router.types import (
    Abilities,
    Ask,
    Attempt,
    Caller,
    Candidate,
    Config,
    Decision,
    Features,
    Model,
    Policy,
    Price,
    Ramp,
    Situation,
    Speed,
    Tokenizer,
    Usage,
)

DAY = date(2026, 11, 1)
TIME = datetime(2026, 11, 1, 12, 0, 0, 250_000, tzinfo=UTC)
SITUATION = Situation(DAY)


def tokenizer(**changes: Any) -> Tokenizer:
    return replace(Tokenizer("a test", DAY, "assumed", "o200k_base", True, {"other": 1.0}), **changes)


def model(id: str = "m", ability: float | None = 1.0, **changes: Any) -> Model:  # noqa: A002
    values: Mapping[Any, float] = {} if ability is None else {"chat": ability, "coding": ability}
    plain = Model(
        id=id,
        name=id.upper(),
        owner="Owner",
        family="Family",
        version="1",
        provider="p",
        released=DAY,
        tokenizer="t",
        context=10_000,
        max_output=1_000,
        capabilities=("tools", "json"),
        regions=("us",),
        abilities=Abilities("a test", DAY, "assumed", values),
        speed=Speed("a test", DAY, "assumed", 100, 100),
        verbosity=1.0,
        stand_in=True,
        source="a test",
        date=DAY,
        status="assumed",
    )
    return replace(plain, **changes)


def price(input: str = "1", output: str = "2", cached: str = "0.5", since: date = date(2026, 1, 1)) -> Price:  # noqa: A002
    return Price(since, Decimal(input), Decimal(output), Decimal(cached), "a test", "assumed")


def policy(band: float = 0.0, **changes: Any) -> Policy:
    return replace(Policy(because="a test", band=band), **changes)


def config(
    *models: Model,
    policies: Mapping[str, Policy] | None = None,
    ramps: tuple[Ramp, ...] = (),
    prices: Mapping[str, tuple[Price, ...]] | None = None,
    tokenizers: Mapping[str, Tokenizer] | None = None,
) -> Config:
    """A configuration with one policy, `plain`, where none is given, and one price for every model."""
    rates = {row.id: (price(),) for row in models} | dict(prices or {})
    named = policies or {"plain": policy()}
    kinds = tokenizers or {"t": tokenizer()}
    return Config(
        models=models,
        tokenizers=kinds,
        prices=rates,
        policies=named,
        default_policy=next(iter(named)),
        providers={},
        ramps=ramps,
        revision="revision",
        documents={},
    )


def features(**changes: Any) -> Features:
    return replace(
        Features(
            task="chat",
            task_probability=0.9,
            difficulty=0.0,
            difficulty_error=1.3,
            language="en",
            input_tokens=100,
            input_tokens_error=0.0,
            output_tokens=50,
            output_limit=0,
            choices=1,
            needs=(),
        ),
        **changes,
    )


def ask(
    model: str | None = None,
    consent: Any = "any",
    policy: str = "plain",
    unit: str = "unit",
    caller: Caller = Caller(),  # noqa: B008
) -> Ask:
    return Ask(asked=model or policy, policy=policy, model=model, consent=consent, unit=unit, caller=caller)


def candidate(model: str = "m", quality: float = 0.5, cost: str = "1", **changes: Any) -> Candidate:
    plain: dict[str, Any] = {"owner": "Owner", "family": "Family", "code": "chosen", "latency_ms": 100.0}
    return Candidate(model=model, quality=quality, cost=Decimal(cost), **(plain | changes))


def ramp(original: str, substitute: str, share: float = 1.0, **changes: Any) -> Ramp:
    return replace(
        Ramp(name="ramp", because="a test", original=original, substitute=substitute, share=share), **changes
    )


def exchange(decision: Decision, features: Features, ask: Ask, situation: Situation = SITUATION) -> Exchange:
    return Exchange(
        id="id-1", time=TIME, request_id="request-1", decision=decision, features=features, ask=ask, situation=situation
    )


def ending(model: str | None, **changes: Any) -> Ending:
    usage = Usage(120, 60, 20, "exact") if model else None
    attempts = (Attempt(model, "ok", 5.0),) if model else ()
    return replace(
        Ending(
            outcome="ok" if model else "unavailable",
            attempts=attempts,
            served=model,
            usage=usage,
            duration_ms=7.5,
            first_chunk_ms=2.5,
        ),
        **changes,
    )
