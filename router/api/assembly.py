"""Puts a service together: the providers that a configuration names, a reader, a ledger.

Invariant: this is the only place that loads providers; the built-in ones are found as a stranger's would be.
"""

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from pathlib import Path

from router.asking import nearest
from router.config.readers import load_fit
from router.errors import ConfigError
from router.ledger import DatabaseLedger
from router.ledger.accounts import Accounts
from router.reading.artefact import load_reader
from router.reading.fitted import FittedReader
from router.service import Service
from router.setup import DEFAULT_LIMITS, Durability, Limits
from router.types import Config, Provider, Reader, Receipt

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


def shipped_reader() -> Reader:
    """The reader that comes with the installation."""
    return load_reader()


def reader_of(folder: Path | None) -> Reader:
    """The shipped reader, or one that `fungible fit` wrote; raises ConfigError."""
    if folder is None:
        return shipped_reader()
    return FittedReader(shipped_reader(), load_fit(folder)[0])


def assemble(
    config: Config,
    ledger: DatabaseLedger,
    *,
    reader: Reader | None = None,
    limits: Limits = DEFAULT_LIMITS,
    accounts: Accounts | None = None,
    salt: bytes | None = None,
    watch: Callable[[Receipt], object] = id,
    durability: Durability = "degrade",
) -> Service:
    """A service with the shipped reader and the ledger's salt, unless told others; raises ConfigError."""
    providers = load_providers(config)
    return Service(
        config,
        providers,
        ledger,
        reader or shipped_reader(),
        limits=limits,
        accounts=accounts,
        salt=salt or ledger.salt,
        watch=watch,
        durability=durability,
    )
