"""Contracts as they are written become contracts as they count: with partners and models that exist, terms in order.

Invariant: whoever brings a catalog of their own and no contracts gets those of the shipped terms that are about
owners and models of that catalog, and no others.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from router.config.cross_references import Fit
from router.config.files.yaml_source import Path_, Source
from router.suggest import nearest
from router.types import Contracts, InferenceCost, Partner, Role
from router.types.contracts import EVERYBODY

FILE = "contracts.yaml"


def contracts(file: Contracts, fit: Fit) -> Contracts:
    """The contracts, their globs expanded; faults are collected in the fit."""
    checks = _Checks(fit)
    checks.platform(file.platform)
    for owner, partner in file.partners.items():
        checks.partner(owner, partner, file.platform)
    for model, dated in file.costs.items():
        checks.costs(model, dated, file.platform)
    for generation, steps in file.gpus.items():
        checks.oldest_first(steps, ("gpus", generation))
    checks.oldest_first(file.platform_cost, ("platform_cost",))
    checks.limits(file)
    checks.unique(file.discounts, ("discounts",), "discounts")
    discounts = tuple(
        replace(discount, models=fit.expand(discount.models or None, FILE, ("discounts", place, "models")) or ())
        for place, discount in enumerate(file.discounts)
    )
    checks.ends(file.discounts, ("discounts",))
    return replace(file, discounts=discounts)


class _Checks:
    """What can be wrong with terms; faults are collected in the fit."""

    def __init__(self, fit: Fit) -> None:
        self.fit = fit
        self.owners = sorted({model.owner for model in fit.models.values()})

    def platform(self, name: str | None) -> None:
        if name is not None and name not in self.owners:
            sentence = f"no model of the catalog is owned by {name!r}."
            self.fit.fault(FILE, ("platform",), sentence, nearest(name, self.owners))

    def partner(self, owner: str, partner: Partner, platform: str | None) -> None:
        path: Path_ = ("partners", owner)
        if owner not in self.owners:
            sentence = f"no model of the catalog is owned by {owner!r}."
            self.fit.fault(FILE, path, sentence, nearest(owner, self.owners))
        if owner == platform:
            self.fit.fault(FILE, path, f"{owner!r} is the platform, which is no partner of itself", code="taken-name")
        self._roles(partner.roles, (*path, "roles"))
        self.unique(partner.shares, (*path, "shares"), "shares")
        self.unique(partner.commitments, (*path, "commitments"), "commitments")
        for key in ("shares", "royalty_free", "commitments"):
            self.ends(getattr(partner, key), (*path, key))
        for place, free in enumerate(partner.royalty_free):
            if free.of == EVERYBODY:
                sentence = "royalty-free use must say whose: a key, a team or tags"
                self.fit.fault(FILE, (*path, "royalty_free", place, "of"), sentence, code="missing-key")
        for place, commitment in enumerate(partner.commitments):
            if commitment.per == "term" and commitment.until is None:
                sentence = f"the commitment {commitment.name!r} is for its whole term: say `until` when"
                self.fit.fault(FILE, (*path, "commitments", place), sentence, code="missing-key")

    def _roles(self, roles: Sequence[Role], path: Path_) -> None:
        self.oldest_first(roles, path)
        for place, role in enumerate(roles):
            if role.role == "agent" and role.fee is None:
                self.fit.fault(FILE, (*path, place), "an agent keeps a fee: say which", code="missing-key")
            if role.role == "principal" and role.fee is not None:
                sentence = "a principal keeps the whole sale: a fee is an agent's"
                self.fit.fault(FILE, (*path, place, "fee"), sentence, code="unknown-key")

    def costs(self, model: str, dated: Sequence[InferenceCost], platform: str | None) -> None:
        path: Path_ = ("costs", model)
        if model not in self.fit.models:
            self.fit.fault(FILE, path, f"no model is called {model!r}.", nearest(model, self.fit.models))
            return
        self.oldest_first(dated, path)
        for place, cost in enumerate(dated):
            if cost.gpu is None and cost.invoice is None:
                sentence = "a cost is `gpu`, the platform's own, or an `invoice`, a partner's"
                self.fit.fault(FILE, (*path, place), sentence, code="missing-key")
            if cost.invoice is not None and self.fit.models[model].owner == platform:
                sentence = f"{model!r} is the platform's own, for which nobody sends an invoice"
                self.fit.fault(FILE, (*path, place, "invoice"), sentence, code="unknown-key")

    def limits(self, file: Contracts) -> None:
        self.unique(file.limits, ("limits",), "limits")
        for place, limit in enumerate(file.limits):
            if limit.owner not in self.owners:
                sentence = f"no model of the catalog is owned by {limit.owner!r}."
                self.fit.fault(FILE, ("limits", place, "owner"), sentence, nearest(limit.owner, self.owners))

    def unique(self, named: Iterable[Any], path: Path_, what: str) -> None:
        self.fit.unique([entry.name for entry in named], FILE, path, what)

    def oldest_first(self, dated: Sequence[Any], path: Path_) -> None:
        if [entry.since for entry in dated] != sorted({entry.since for entry in dated}):
            sentence = f"what stands in {'.'.join(map(str, path))} must stand oldest first, each with a day of its own"
            self.fit.fault(FILE, path, sentence, code="order")

    def ends(self, dated: Iterable[Any], path: Path_) -> None:
        for place, entry in enumerate(dated):
            if entry.until is not None and entry.until <= entry.since:
                sentence = f"ends on {entry.until}, before it has begun on {entry.since}"
                self.fit.fault(FILE, (*path, place, "until"), sentence, code="order")


def borrowed(shipped: Source, catalog: Any) -> Source:
    """The shipped contracts for somebody's own catalog, as plain data that may still be wrong in any way."""
    models = [row for row in _listed(catalog, "models") if isinstance(row, Mapping)]
    ids, owners = ([row.get(key) for row in models] for key in ("id", "owner"))
    data = {
        **shipped.data,
        "partners": {owner: partner for owner, partner in shipped.data["partners"].items() if owner in owners},
        "costs": {model: costs for model, costs in shipped.data["costs"].items() if model in ids},
        "limits": [limit for limit in shipped.data["limits"] if limit["owner"] in owners],
    }
    if data["platform"] not in owners:
        del data["platform"]
    return shipped if data == shipped.data else Source(shipped.name, data, shipped.places)


def _listed(catalog: Any, key: str) -> Sequence[Any]:
    rows = catalog.get(key) if isinstance(catalog, Mapping) else None
    return rows if isinstance(rows, list) else []
