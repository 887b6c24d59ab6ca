"""How far governed ramps have come, as a part of the configuration that decides.

Invariant: the files alone give the configuration at rest, in which no governed ramp moves anything; the shares in
force make another revision of it, which decides the same for ever.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from router.config.revision import revision
from router.types import TASKS, Condition, Config, InForce, OneOf, Ramp, RampPlan

SHARES = "ramp shares"
"""The document of a configuration, beside its files, that holds them."""


def with_shares(config: Config, shares: Mapping[str, InForce]) -> Config:
    """The configuration with these ramps in force, by name; names without a plan are left out."""
    rest = at_rest(config)
    plans = {plan.name: plan for plan in rest.plans if plan.name in shares}
    if not plans:
        return rest
    moving = {name: _ramp(plan, shares[name]) for name, plan in plans.items()}
    written = {name: {"share": shares[name].share, "without": sorted(shares[name].without)} for name in moving}
    documents = {**rest.documents, SHARES: written}
    return replace(rest, ramps=_in_order(rest, moving), documents=documents, revision=revision(documents))


def at_rest(config: Config) -> Config:
    """The configuration as its files alone say."""
    if SHARES not in config.documents:
        return config
    documents = {name: document for name, document in config.documents.items() if name != SHARES}
    governed = {plan.name for plan in config.plans}
    by_hand = tuple(ramp for ramp in config.ramps if ramp.name not in governed)
    return replace(config, ramps=by_hand, documents=documents, revision=revision(documents))


def shares_of(documents: Mapping[str, Any]) -> dict[str, InForce]:
    """The shares that documents hold, if any."""
    shares: Mapping[str, Any] = documents.get(SHARES) or {}
    return {name: InForce(share["share"], tuple(share["without"])) for name, share in shares.items()}


def _ramp(plan: RampPlan, now: InForce) -> Ramp:
    return replace(plan.ramp, share=now.share, when=_without(plan.ramp.when, now.without))


def _without(when: Condition, tasks: tuple[str, ...]) -> Condition:
    """The condition for all tasks but some."""
    if not tasks:
        return when
    allowed: frozenset[str] = frozenset(TASKS)
    for test in when.tests:
        if isinstance(test, OneOf) and test.subject == "task":
            allowed &= test.words
    others = [test for test in when.tests if test.subject != "task"]
    return Condition((OneOf("task", allowed - set(tasks)), *others))


def _in_order(config: Config, moving: Mapping[str, Ramp]) -> tuple[Ramp, ...]:
    """All ramps in the order of the file, since the first that matches counts."""
    by_name = {**{ramp.name: ramp for ramp in config.ramps}, **moving}
    written: Any = config.documents.get("ramps.yaml") or {}
    order = [ramp["name"] for ramp in written.get("ramps", ())]
    return tuple(by_name[name] for name in dict.fromkeys([*order, *by_name]) if name in by_name)
