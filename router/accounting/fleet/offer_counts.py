"""The order of refusal as it was kept: what each deployment was offered, what it took and waived, and what it served.

Invariant: every offer is counted once, for the deployment and the model of the request's own revision; what was offered
is what was taken, full, ejected and barred together. Tokens are counted where the answer came from.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from router.accounting.settled_request import offers_of, place_of
from router.decision.placement import deployments_of
from router.types import Config, Deployment

REVISIONS = 64
Key = tuple[str, str]
NOTHING: Counter[str] = Counter()


class Record(NamedTuple):
    """Offers by what became of them, then what was answered, in requests and tokens. `region`: a guard barred it."""

    taken: int = 0
    full: int = 0
    ejected: int = 0
    region: int = 0
    answered: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def offered(self) -> int:
        """All that was offered."""
        return self.taken + self.full + self.ejected + self.region

    @property
    def share_taken(self) -> float | None:
        """What was taken of what was offered, or None where nothing was."""
        return self.taken / self.offered if self.offered else None


class Place(NamedTuple):
    """A deployment with its record; one that is `gone` is in the log and no longer in the configuration."""

    deployment: Deployment
    record: Record
    gone: bool = False


class Order(NamedTuple):
    """The deployments of a model in its order of refusal, then those that are gone.

    `at_one_place` is a model without deployments, at the provider of its row in the catalog.
    """

    model: str
    places: tuple[Place, ...]

    @property
    def at_one_place(self) -> bool:
        """Whether nothing was ever written of where it is."""
        return all(
            place.deployment == Deployment(self.model, self.model, place.deployment.provider) for place in self.places
        )

    @property
    def total(self) -> Record:
        """All deployments together."""
        return Record(*map(sum, zip(*(place.record for place in self.places), strict=True)))


class Refusals:
    """Counts receipts, one after another; `config_of` gives the configuration of a revision."""

    def __init__(self, current: Config, config_of: Callable[[str], Config]) -> None:
        self.requests = self.unanswered = 0
        self.days: tuple[str, str] | None = None
        self._current = current
        self._config_of = config_of
        self._named_in = lru_cache(REVISIONS)(self._named)
        self._counts: dict[Key, Counter[str]] = {}
        self._met: dict[Key, Deployment] = {}

    def add(self, receipt: Mapping[str, Any]) -> None:
        """Take the next receipt, as the JSON that the ledger keeps."""
        named = self._named_in(receipt["decision"]["revision"])
        for name, answer in offers_of(receipt):
            if (deployment := named.get(name)) is not None:
                self._of(deployment)[answer] += 1
        self.requests += 1
        day = receipt["situation"]["day"]
        self.days = (self.days[0] if self.days else day, day)
        served, usage = receipt["served"], receipt["usage"]
        if served is None or usage is None:
            self.unanswered += 1
            return
        name = place_of(receipt)
        counts = self._of(named.get(name) or Deployment(name, served, ""))
        counts["answered"] += 1
        counts["input_tokens"] += usage["input_tokens"]
        counts["output_tokens"] += usage["output_tokens"]

    def orders(self) -> tuple[Order, ...]:
        """Every model that is deployed somewhere or was in the log, in the catalog's order, forgotten models last."""
        todays = deployments_of(self._current)
        named = {(model, deployment.name) for model, deployments in todays.items() for deployment in deployments}
        gone = [deployment for key, deployment in self._met.items() if key not in named]
        shown = {deployment.model for deployment in self._current.deployments} | {model for model, _ in self._counts}
        return tuple(
            Order(
                model,
                (
                    *(Place(deployment, self._record(deployment)) for deployment in todays.get(model, ())),
                    *(
                        Place(deployment, self._record(deployment), gone=True)
                        for deployment in gone
                        if deployment.model == model
                    ),
                ),
            )
            for model in dict.fromkeys((*todays, *(deployment.model for deployment in gone)))
            if model in shown
        )

    def _of(self, deployment: Deployment) -> Counter[str]:
        key = deployment.model, deployment.name
        if (counts := self._counts.get(key)) is None:
            counts = self._counts[key] = Counter()
            self._met[key] = deployment
        return counts

    def _record(self, deployment: Deployment) -> Record:
        return Record(**self._counts.get((deployment.model, deployment.name), NOTHING))

    def _named(self, revision: str) -> dict[str, Deployment]:
        """The deployments of a revision by name, those that go without saying too."""
        config = self._current if revision == self._current.revision else self._config_of(revision)
        return {
            deployment.name: deployment for deployments in deployments_of(config).values() for deployment in deployments
        }
