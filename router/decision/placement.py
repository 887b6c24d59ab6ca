"""Which deployment of a model is offered a request next: the order of refusal.

Invariant: pure; a deployment in a region that guards bar, or that was tried, is never chosen. One that is ejected is
passed over while another can take the request, and is a last resort where none can.
"""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from itertools import groupby
from math import log
from typing import NamedTuple

from router.decision.ramp_split import position
from router.types import Config, Deployment, Offer

_WHOLE = 2**64


class Standing(NamedTuple):
    """Whether a deployment has room now, and whether its breaker keeps requests from it."""

    full: bool = False
    ejected: bool = False


class Placement(NamedTuple):
    """The deployment that takes a request, or None, with every one that was offered it, in order.

    `last_resort` is the first that would take it but is ejected.
    """

    deployment: Deployment | None
    offers: tuple[Offer, ...]
    last_resort: Deployment | None = None


def deployments_of(config: Config) -> dict[str, tuple[Deployment, ...]]:
    """The deployments of each model in their order; a model without any is at its provider, under its own name."""
    by_model: dict[str, tuple[Deployment, ...]] = {}
    for model in config.models:
        own = tuple(deployment for deployment in config.deployments if deployment.model == model.id)
        by_model[model.id] = own or (Deployment(model.id, model.id, model.provider),)
    return by_model


def weighted(deployments: Sequence[Deployment], unit: str) -> Sequence[Deployment]:
    """The order in which a conversation is offered: those with a weight, side by side, are first for so much of them.

    A conversation keeps its order, so that it finds what is cached of it; another weight moves as few as it can
    (weighted rendezvous hashing).
    """
    if len(deployments) == 1 or all(deployment.weight is None for deployment in deployments):
        return deployments
    groups = groupby(deployments, key=lambda deployment: deployment.weight is None)
    return [each for plain, group in groups for each in (group if plain else sorted(group, key=partial(_turn, unit)))]


def _turn(unit: str, deployment: Deployment) -> float:
    """An exponential variable of the conversation's, of a rate that is the weight: the least comes first."""
    chance = (position(deployment.name, unit) + 1) / (_WHOLE + 1)
    return -log(chance) / (deployment.weight or 1)


def place(
    deployments: Sequence[Deployment],
    away_from: Collection[str],
    tried: Collection[str],
    standing: Callable[[str], Standing],
) -> Placement:
    """Offer a request to each deployment in its order, until one takes it."""
    offers, ejected = [], None
    for deployment in deployments:
        if deployment.name in tried:
            continue
        if deployment.region is not None and deployment.region in away_from:
            offers.append(Offer(deployment.name, "region"))
            continue
        now = standing(deployment.name)
        if now.full:
            offers.append(Offer(deployment.name, "full"))
        elif now.ejected:
            ejected = ejected or deployment
            offers.append(Offer(deployment.name, "ejected"))
        else:
            return Placement(deployment, (*offers, Offer(deployment.name, "taken")))
    return Placement(None, tuple(offers), ejected)
