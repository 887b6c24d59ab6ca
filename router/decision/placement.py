"""Which deployment of a model is offered a request next: the order of refusal.

Invariant: pure; a deployment in a region that guards bar, or that was tried, is never chosen. One that is ejected is
passed over while another can take the request, and is a last resort where none can.
"""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from router.types import Config, Deployment, Offer


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
    found: dict[str, tuple[Deployment, ...]] = {}
    for model in config.models:
        own = tuple(one for one in config.deployments if one.model == model.id)
        found[model.id] = own or (Deployment(model.id, model.id, model.provider),)
    return found


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
