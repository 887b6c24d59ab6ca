"""A folder of files becomes a Config with a revision; files that it lacks are taken from the shipped seeds.

Invariant: nothing is half-loaded: either every file is sound and they fit together, or all faults are told. The
revision is the hash of what was read, so equal files give equal revisions.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from router.config.cache_prices import with_write_prices
from router.config.contracts_file import FILE as CONTRACTS
from router.config.contracts_file import borrowed, contracts
from router.config.cross_references import Fit
from router.config.deployments_file import FILE as DEPLOYMENTS
from router.config.deployments_file import DeploymentsFile, deployments, resilience, where_deployed
from router.config.files.advice import empty_keys, for_nothing
from router.config.files.sound_part import SoundPart, in_their_own_right, once, without
from router.config.files.yaml_source import Path_, Source, parse, read
from router.config.policies_file import PoliciesFile
from router.config.policy_inheritance import Policies, prefers_in_order
from router.config.ramps.alias_plans import FILE as ALIASES
from router.config.ramps.alias_plans import upgrade_plans, version_aliases
from router.config.ramps.aliases_file import AliasesFile
from router.config.ramps.ramp_plans import ramps
from router.config.ramps.ramp_shares import shares_of, with_shares
from router.config.ramps.ramps_file import RampsFile
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
    ALIASES: AliasesFile,
}
# What is kept with a configuration in which the order of a list after `prefer` says something.
ORDERED = "order"
# What configurations that a ledger has kept may lack: they are older.
LATER = frozenset({DEPLOYMENTS, CONTRACTS, ALIASES})


def load(folder: Path | None = None) -> Config:
    """The configuration in a folder, or the shipped one; raises ConfigError."""
    return build(read_documents(folder))


def read_documents(folder: Path | None = None, instead: Callable[[], Source] | None = None) -> dict[str, Source]:
    """Every file, parsed; raises ConfigError for a folder that is none, or for any file that is not YAML.

    Where one is not, the faults of the others' shapes are in the same error. What `instead` reads takes the place of
    policies.yaml, which is not read then.
    """
    if folder is not None and not folder.is_dir():
        raise ConfigError([Problem(f"{folder}:1:1", f"is not a folder with {', '.join(FILES)}", code="syntax")])
    given = {} if instead is None else {POLICIES: instead}
    sources: dict[str, Source] = {}
    unread: dict[str, list[Problem]] = {}
    for name in FILES:
        try:
            sources[name] = given[name]() if name in given else read(_place(folder, name))
        except ConfigError as error:
            unread[name] = list(error.problems)
    if unread:
        for name, source in sources.items():
            _checked(source, FILES[name], unread.setdefault(name, []), kept=False)
        raise ConfigError([problem for name in FILES for problem in unread[name]])
    if folder is not None and not (folder / CONTRACTS).exists():
        sources[CONTRACTS] = borrowed(sources[CONTRACTS], sources["catalog.yaml"].data)
    return sources


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
    return with_shares(build(sources, kept=True, ordered=ORDERED in documents), shares_of(documents))


def build(sources: Mapping[str, Source], *, kept: bool = False, ordered: bool = True) -> Config:
    """Check every file and how they fit together; raises ConfigError with all faults.

    What was `kept` came into force once, under this version or an earlier one. Where a list after `prefer` is not
    `ordered`, its models stand side by side, as they did once.
    """
    faults: list[Problem] = []
    files = {
        name: _checked(sources[name], shape, faults, kept=kept) for name, shape in FILES.items() if name in sources
    }
    if faults:
        raise ConfigError(once([*faults, *(() if kept else _beside(sources, files, faults))], sources[POLICIES].name))
    config = _fitted(sources, files, faults, kept=kept, ordered=ordered)
    if faults:
        raise ConfigError(once(faults, sources[POLICIES].name))
    return config


def sound_policies(sources: Mapping[str, Source], wrong: Iterable[Path_]) -> tuple[SoundPart, set[Path_]] | None:
    """policies.yaml without what is wrong in it, and the places that are; None where nothing of use is left."""
    places = set(wrong)
    while (part := without(sources[POLICIES], places)) is not None:
        try:
            check(part.source, FILES[POLICIES])
        except ConfigError as error:
            more = {part.place(problem.path) for problem in error.problems} - places
            if not more:
                return None
            places |= more
        else:
            return part, places
    return None


def _beside(sources: Mapping[str, Source], files: Mapping[str, Any], faults: list[Problem]) -> list[Problem]:
    """What else is wrong, beside the shape of some of policies.yaml: its other names are looked up all the same."""
    if any(files[name] is None for name in files if name != POLICIES):
        return []
    left = sound_policies(sources, {problem.path for problem in faults})
    if left is None:
        return []
    part, wrong = left
    more: list[Problem] = []
    file = check(part.source, FILES[POLICIES])
    _fitted({**sources, POLICIES: part.source}, {**files, POLICIES: file}, more, kept=False, ordered=True)
    return in_their_own_right((replace(problem, path=part.place(problem.path)) for problem in more), wrong)


def _fitted(
    sources: Mapping[str, Source], files: Mapping[str, Any], faults: list[Problem], *, kept: bool, ordered: bool
) -> Config:
    """The configuration of files that have their shape; `faults` takes what does not fit together."""
    catalog: CatalogFile = files["catalog.yaml"]
    named: AliasesFile = files.get(ALIASES) or AliasesFile()
    documents = _documents(sources, named)
    if ordered and prefers_in_order(files[POLICIES]):
        documents[ORDERED] = {"prefer": "in order"}
    fit = Fit(sources, {model.id: model for model in catalog.models}, faults, ordered=ordered)
    fit.phrases = frozenset(files[POLICIES].phrases)
    fit.catalog(catalog, files["providers.yaml"])
    for path in () if kept else empty_keys(sources[POLICIES].data):
        # What reads as left out may be meant as nobody at all.
        fit.fault(
            POLICIES, path, f"nothing is written after {str(path[-1])!r}", f"; {for_nothing(None)}", "wrong-value"
        )
    timezone = files[POLICIES].timezone
    by_hand, plans = ramps(files["ramps.yaml"], fit, timezone)
    fit.aliases = tuple(named.aliases)
    fleet = files.get(DEPLOYMENTS) or DeploymentsFile()
    deployed = deployments(fleet, fit, tuple(files["providers.yaml"].providers))
    policies = Policies(files[POLICIES], fit).build()
    aliases = version_aliases(named, fit, _names_taken(fit, files[POLICIES]), timezone)
    return Config(
        models=where_deployed(catalog.models, deployed),
        tokenizers=catalog.tokenizers,
        prices=with_write_prices(
            fit.prices(files["prices.yaml"].prices), catalog.models, deployed, files["providers.yaml"].providers
        ),
        policies=policies,
        default_policy=files[POLICIES].default,
        providers=files["providers.yaml"].providers,
        ramps=by_hand,
        revision=revision(documents),
        documents=documents,
        texts={name: source.text for name, source in sources.items() if source.text and name in documents},
        timezone=timezone,
        plans=(*plans, *(plan for alias in aliases.values() for plan in upgrade_plans(alias))),
        deployments=deployed,
        resilience=resilience(fleet),
        contracts=contracts(files[CONTRACTS], fit) if CONTRACTS in files else NO_CONTRACTS,
        aliases=files[POLICIES].aliases,
        version_aliases=aliases,
        phrases=files[POLICIES].phrases,
        approvals=files[POLICIES].approvals,
        metadata_tags=files[POLICIES].metadata_tags or (),
    )


def _documents(sources: Mapping[str, Source], named: AliasesFile) -> dict[str, Any]:
    """What a configuration rests on; a folder without aliases has the revision that it had before there were any."""
    return {name: source.data for name, source in sources.items() if name != ALIASES or named.aliases}


def _names_taken(fit: Fit, file: PoliciesFile) -> set[str]:
    """Every name that means a model or a policy."""
    others = (alias for policy in file.policies.values() for alias in policy.aliases or ())
    return {"auto", *fit.models, *file.policies, *others}


def _place(folder: Path | None, name: str) -> Path:
    if folder is not None and (folder / name).exists():
        return folder / name
    return SEEDS / name


def _checked(source: Source, shape: type[Any], faults: list[Problem], *, kept: bool) -> Any:
    try:
        return check(source, shape, kept=kept)
    except ConfigError as error:
        faults.extend(error.problems)
        return None
