"""On which GPUs a request was served, and on which another model would have served it.

Invariant: what a deployment runs on is taken from the request's revision; what that leaves open, from today's
deployment of the same name, so that a generation that is written down late corrects the books, as contracts do.
"""

from typing import NamedTuple

from router.types import Config


class Likely(NamedTuple):
    """The GPUs of the deployment that is offered each request first; `sure` where all of its model's have the same."""

    gpu: str
    sure: bool


class Generations:
    """The generations of one revision's deployments, "" where nobody says; a model at one place has that name."""

    def __init__(self, config: Config, current: Config) -> None:
        self._named = {
            (deployment.model, deployment.name): deployment.gpu
            for deployment in (*current.deployments, *config.deployments)
            if deployment.gpu
        }
        self._orders: dict[str, list[str]] = {}
        for deployment in config.deployments:
            self._orders.setdefault(deployment.model, []).append(deployment.name)

    def of(self, model: str, deployment: str) -> str:
        """What a deployment of a model runs on."""
        return self._named.get((model, deployment), "")

    def first(self, model: str) -> Likely:
        """What a model most likely would have run on."""
        gpus = [self.of(model, name) for name in self._orders.get(model, [model])]
        return Likely(gpus[0], len(set(gpus)) == 1)
