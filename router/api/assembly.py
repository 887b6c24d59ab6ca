"""Puts a service together: the providers that a configuration names, a reader, a ledger.

Invariant: this is the only place that loads providers; the built-in ones are found as a stranger's would be.
"""

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points

from router.asking import nearest
from router.errors import ConfigError
from router.ledger import SqliteLedger
from router.reading.heuristic import HeuristicReader
from router.service import DEFAULT_LIMITS, Limits, Service
from router.types import Config, Provider, Receipt

GROUP = "fungible.providers"


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


def assemble(
    config: Config,
    ledger: SqliteLedger,
    *,
    limits: Limits = DEFAULT_LIMITS,
    salt: bytes | None = None,
    watch: Callable[[Receipt], object] = id,
) -> Service:
    """A service with the shipped reader and, unless told another, the ledger's salt; raises ConfigError."""
    reader, providers = HeuristicReader(), load_providers(config)
    return Service(config, providers, ledger, reader, limits=limits, salt=salt or ledger.salt, watch=watch)
