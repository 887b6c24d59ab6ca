"""Puts a service together: the providers that a configuration names, a reader, a ledger.

Invariant: this is the only place that loads providers; the built-in ones are found as a stranger's would be.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from providers.stub.skill import is_right
from router.config.ramps.ramp_shares import at_rest
from router.errors import ConfigError
from router.ledger import DatabaseLedger
from router.ledger.budget_store import BudgetAccounts
from router.ledger.ramp_store import RampStore
from router.reading.artefact import load_reader
from router.scenarios.house import House
from router.serving.limits import DEFAULT_LIMITS, Durability, Limits
from router.serving.ramps.model_judge import ModelJudge
from router.serving.ramps.ramp_controller import RampController
from router.serving.rate_limiter import RateLimiter
from router.serving.service import Service
from router.suggest import nearest
from router.tokens import ids
from router.types import Config, Judge, Provider, Reader, Receipt

GROUP = "fungible.providers"
JUDGES = "fungible.judges"
READERS = "fungible.readers"
log = logging.getLogger("fungible")


def load_providers(config: Config) -> dict[str, Provider]:
    """Every provider of the configuration, ready; raises ConfigError for an unknown adapter or wrong settings."""
    adapters = {entry.name: entry for entry in entry_points(group=GROUP)}
    faults, providers = [], {}
    for name, row in config.providers.items():
        where = f"providers.yaml: providers.{name}"
        if row.adapter not in adapters:
            faults.append(f"{where}.adapter: no adapter is called {row.adapter!r}.{nearest(row.adapter, adapters)}")
            continue
        create: Callable[[Mapping[str, object]], Provider] = adapters[row.adapter].load()
        try:
            providers[name] = create(row.settings)
        except ValueError as error:
            faults.append(f"{where}.settings: {error}")
    if faults:
        raise ConfigError(faults)
    return providers


def load_judges(config: Config, providers: Mapping[str, Provider], reader: Reader) -> dict[str, Judge]:
    """The judge of every governed ramp that needs one; raises ConfigError for an unknown check or wrong settings."""
    faults: list[str] = []
    judges: dict[str, Judge] = {}
    for plan in config.plans:
        judging = plan.shadow.judge
        if judging.kind == "model":
            row = next(model for model in config.models if model.id == judging.name)
            judges[plan.name] = ModelJudge(config, row, providers[row.provider], reader)
        elif judging.kind != "feedback":
            name = judging.name or judging.kind
            judge = _plugged(JUDGES, name, judging.settings, f"ramps.yaml: judge of {plan.name}", faults)
            if judge is not None:
                judges[plan.name] = judge
    if faults:
        raise ConfigError(faults)
    return judges


def govern(service: Service, ledger: DatabaseLedger) -> RampController:
    """The governor of a service's ramps, observing every answer from now on; raises ConfigError."""
    files = at_rest(service.config)
    judges = load_judges(files, service.active.providers, service.reader)
    governor = RampController(RampStore(ledger.log), files, judges, service.clock)
    service.state.follow = governor.follow
    return governor


def _plugged(
    group: str, name: str, settings: Mapping[str, object], where: str, faults: list[str], *given: object
) -> Any:
    """What an entry point of a group creates of its settings and what it is `given`, or None with a fault."""
    plugs = {entry.name: entry for entry in entry_points(group=group)}
    if name not in plugs:
        faults.append(f"{where}: nothing is called {name!r}.{nearest(name, plugs)}")
        return None
    try:
        return plugs[name].load()(settings, *given)
    except ValueError as error:
        faults.append(f"{where}.settings: {error}")
        return None


async def close_providers(providers: Iterable[Provider]) -> None:
    """Close what providers keep open between calls; what is in flight ends first, each call on its own."""
    for provider in providers:
        if (aclose := getattr(provider, "aclose", None)) is not None:
            try:
                await aclose()
            except Exception as error:  # noqa: BLE001 - a stranger's adapter; the others are closed all the same
                log.error("a provider could not be closed: %s", type(error).__name__)


def shipped_reader() -> Reader:
    """The reader that comes with the installation."""
    return load_reader()


def reader_of(place: Path | None) -> Reader:
    """The shipped reader, one that `fungible fit` wrote to a folder, or one that a file names; raises ConfigError."""
    if place is None:
        return shipped_reader()
    from router.config.files.reader_files import is_reader_file, load_fit, read_reader_file
    from router.reading.fitted import FittedReader

    if not is_reader_file(place):
        return FittedReader(shipped_reader(), load_fit(place)[0], ids)
    name, settings = read_reader_file(place)
    faults: list[str] = []
    reader: Reader | None = _plugged(READERS, name, settings, f"{place}: reader", faults, shipped_reader())
    if reader is None:
        raise ConfigError(faults)
    return reader


def assemble(
    config: Config,
    ledger: DatabaseLedger,
    *,
    providers: Mapping[str, Provider] | None = None,
    reader: Reader | None = None,
    limits: Limits = DEFAULT_LIMITS,
    accounts: BudgetAccounts | None = None,
    rate_limiter: RateLimiter | None = None,
    salt: bytes | None = None,
    watch: Callable[[Receipt], object] = id,
    durability: Durability = "degrade",
) -> Service:
    """A service with the configuration's providers, the shipped reader and the ledger's salt, unless given others.

    What only decides is given no providers, and needs no key of theirs. Raises ConfigError.
    """
    return Service(
        config,
        load_providers(config) if providers is None else providers,
        ledger,
        reader or shipped_reader(),
        limits=limits,
        accounts=accounts,
        rate_limiter=rate_limiter,
        salt=salt or ledger.salt,
        watch=watch,
        durability=durability,
    )


def playing_house() -> House:
    """What scenarios are played in: the same parts as a server's."""
    return House(assemble, govern, load_providers, load_judges, shipped_reader, is_right)
