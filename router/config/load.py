"""A folder of files becomes a Config with a revision; files that it lacks are taken from the shipped seeds.

Invariant: nothing is half-loaded: either every file is sound and they fit together, or all faults are told. The
revision is the hash of what was read, so equal files give equal revisions.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from router.config.contracts_file import FILE as CONTRACTS
from router.config.contracts_file import borrowed, contracts
from router.config.cross_references import Fit
from router.config.deployments_file import FILE as DEPLOYMENTS
from router.config.deployments_file import DeploymentsFile, deployments, resilience, where_deployed
from router.config.files.yaml_source import Source, parse, read
from router.config.policies_file import PoliciesFile
from router.config.policy_inheritance import Policies
from router.config.ramp_plans import ramps
from router.config.ramp_shares import shares_of, with_shares
from router.config.ramps_file import RampsFile
from router.config.revision import revision
from router.config.schema import CatalogFile, PricesFile, ProvidersFile, check
from router.errors import ConfigError, Problem
from router.types import NO_CONTRACTS, Config, Contracts

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
POLICIES = "policies.yaml"
FILES: dict[str, type[Any]] = {
    "catalog.yaml": CatalogFile,
    "prices.yaml": PricesFile,
    "policies.yaml": PoliciesFile,
    "ramps.yaml": RampsFile,
    "providers.yaml": ProvidersFile,
    DEPLOYMENTS: DeploymentsFile,
    CONTRACTS: Contracts,
}
# What configurations that a ledger has kept may lack: they are older.
LATER = frozenset({DEPLOYMENTS, CONTRACTS})


def load(folder: Path | None = None) -> Config:
    """The configuration in a folder, or the shipped one; raises ConfigError."""
    return build(read_documents(folder))


def read_documents(folder: Path | None = None) -> dict[str, Source]:
    """Every file, parsed; raises ConfigError for a folder that is none, or for any file that is not YAML."""
    if folder is not None and not folder.is_dir():
        raise ConfigError([Problem(f"{folder}:1:1", f"is not a folder with {', '.join(FILES)}", code="syntax")])
    found = {name: read(_place(folder, name)) for name in FILES}
    if folder is not None and not (folder / CONTRACTS).exists():
        found[CONTRACTS] = borrowed(found[CONTRACTS], found["catalog.yaml"].data)
    return found


def with_policies(config: Config, text: bytes, name: str = POLICIES) -> Config:
    """The same configuration with another policies.yaml; raises ConfigError. `name` stands in its problems."""
    documents = {file: data for file, data in config.documents.items() if file in FILES}
    kept = {file: Source(file, data, text=config.texts.get(file, "")) for file, data in documents.items()}
    return with_shares(build({**kept, POLICIES: parse(text, name)}), shares_of(config.documents))


def sources_with(config: Config, text: bytes) -> dict[str, Source]:
    """The files of a configuration with another policies.yaml, each with its places; raises ConfigError."""
    kept = {file: parse(words.encode(), file) for file, words in config.texts.items()}
    return {**kept, POLICIES: parse(text, POLICIES)}


def from_documents(documents: Mapping[str, Any]) -> Config:
    """The configuration from the plain data that `Config.documents` keeps; what is older lacks some files."""
    sources = {name: Source(name, documents[name]) for name in FILES if name in documents or name not in LATER}
    return with_shares(build(sources), shares_of(documents))


def build(sources: Mapping[str, Source]) -> Config:
    """Check every file and how they fit together; raises ConfigError with all faults."""
    faults: list[Problem] = []
    files = {name: _checked(sources[name], shape, faults) for name, shape in FILES.items() if name in sources}
    if faults:
        raise ConfigError(faults)
    catalog: CatalogFile = files["catalog.yaml"]
    documents = {name: source.data for name, source in sources.items()}
    fit = Fit(sources, {model.id: model for model in catalog.models}, faults)
    fit.catalog(catalog, files["providers.yaml"])
    timezone = files[POLICIES].timezone
    by_hand, plans = ramps(files["ramps.yaml"], fit, timezone)
    fleet = files.get(DEPLOYMENTS) or DeploymentsFile()
    deployed = deployments(fleet, fit, tuple(files["providers.yaml"].providers))
    config = Config(
        models=where_deployed(catalog.models, deployed),
        tokenizers=catalog.tokenizers,
        prices=fit.prices(files["prices.yaml"].prices),
        policies=Policies(files[POLICIES], fit).build(),
        default_policy=files[POLICIES].default,
        providers=files["providers.yaml"].providers,
        ramps=by_hand,
        revision=revision(documents),
        documents=documents,
        texts={name: source.text for name, source in sources.items() if source.text},
        timezone=timezone,
        plans=plans,
        deployments=deployed,
        resilience=resilience(fleet),
        contracts=contracts(files[CONTRACTS], fit) if CONTRACTS in files else NO_CONTRACTS,
    )
    if faults:
        raise ConfigError(faults)
    return config


def _place(folder: Path | None, name: str) -> Path:
    if folder is not None and (folder / name).exists():
        return folder / name
    return SEEDS / name


def _checked(source: Source, shape: type[Any], faults: list[Problem]) -> Any:
    try:
        return check(source, shape)
    except ConfigError as error:
        faults.extend(error.problems)
        return None
