"""The shelf: every model with its owner, prices, abilities by task, deployments and health; and the policies.

Invariant: every number stands with its source, its date and whether it was measured, published or assumed.
"""

import time
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Depends, Response

from router.accounting.fleet.fleet_report import plain_fleet
from router.api.live_config import LiveConfig
from router.api.routes.json_response import json_response
from router.api.routes.query_words import only_known_words
from router.api.routes.response_schemas import Data, Listed, Shelf, answers
from router.config.files.seed_data import Case, load_workload
from router.money import price_on
from router.reports import moment, survey
from router.serving.deployments.deployment_pool import State
from router.types import Config, Model


def build_shelf(live_config: LiveConfig) -> APIRouter:
    """Routes that need an admin key."""
    routes = APIRouter(tags=["admin"], default_response_class=Response, dependencies=[Depends(only_known_words)])

    @routes.get(
        "/admin/v1/models",
        summary="Every model with its prices, abilities, deployments and health; and the policies",
        responses=answers(Shelf),
    )
    async def shelf() -> Response:
        config, pool = live_config.config, live_config.service.state.pool
        rows = []
        for model in config.models:
            states = [pool.states[each.name] for each in pool.by_model.get(model.id, ())]
            rows.append(model_row(model, config, states))
        return json_response({"object": "list", "data": rows, "policies": policy_rows(config)})

    @routes.get(
        "/admin/v1/fleet",
        summary="What each deployment was offered, took and waived; tokens of a GPU-hour",
        responses=answers(Data),
    )
    def fleet(since: str | None = None, until: str | None = None) -> Response:
        today = datetime.now(UTC).date()
        report = survey(live_config.ledger, live_config.config, moment(since), moment(until, end=True), today)
        return json_response(plain_fleet(report))

    @routes.get(
        "/admin/v1/workload",
        summary="The shipped, labelled prompts, to play through a server",
        responses=answers(Listed),
    )
    def workload() -> Response:
        return json_response({"object": "list", "data": [_case(case) for case in load_workload()]})

    return routes


def model_row(model: Model, config: Config, states: list[State]) -> dict[str, Any]:
    """A model as it stands on the shelf; prices are USD per million tokens as decimal text, abilities are logits."""
    now = time.monotonic()
    prices = config.prices.get(model.id, ())
    return {
        "id": model.id,
        "name": model.name,
        "owner": model.owner,
        "family": model.family,
        "version": model.version,
        "released": model.released,
        "stand_in": model.stand_in,
        "note": model.note,
        "context": model.context,
        "max_output": model.max_output,
        "capabilities": model.capabilities,
        "regions": model.regions,
        "labels": model.labels,
        "retires": model.retires,
        "successor": model.successor,
        "source": model.source,
        "status": model.status,
        "abilities": model.abilities,
        "speed": model.speed,
        "price": price_on(prices, datetime.now(UTC).date()),
        "prices": prices,
        "deployments": [_deployment(state, now) for state in states],
    }


def policy_rows(config: Config) -> list[dict[str, Any]]:
    """The policies, in the order of their file."""
    return [
        {
            "name": name,
            "default": name == config.default_policy,
            "because": policy.because,
            "band": policy.band,
            "optimize": policy.optimize,
            "aliases": policy.aliases,
            "consent": policy.consent,
            "disclosure": policy.disclosure,
            "rules": [rule.name for rule in policy.rules],
            "guards": [guard.name for guard in policy.guards],
        }
        for name, policy in config.policies.items()
    ]


def _deployment(state: State, now: float) -> dict[str, Any]:
    deployment, breaker = state.deployment, state.breaker.state(now)
    resting = now < state.resting_until
    return {
        "name": deployment.name,
        "provider": deployment.provider,
        "region": deployment.region,
        "cloud": deployment.cloud or None,
        "gpu": deployment.gpu or None,
        "capacity": deployment.capacity,
        "health": breaker if breaker != "closed" else "resting" if resting else "healthy",
        "in_flight": state.in_flight,
        "offers": state.offers,
    }


def _case(case: Case) -> dict[str, Any]:
    messages = [{"role": message.role, "content": message.text} for message in case.messages]
    # What a stub is told of the truth that it simulates; backends that are none pass it over.
    labels = {"fungible.task": case.task, "fungible.difficulty": str(case.difficulty)}
    return {"id": case.id, "task": case.task, "language": case.language, "messages": messages, "metadata": labels}
