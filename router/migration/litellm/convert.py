"""A LiteLLM configuration becomes a folder's files and a report.

Invariant: with a fault there are no files, unless what is at fault is to be skipped.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from router.migration.import_report import Imported, Notes
from router.migration.litellm.chains import Chains
from router.migration.litellm.folder import Folder, stands_apart
from router.migration.litellm.imported_budgets import Budgets, key_commands
from router.migration.litellm.imported_policies import by_complexity, default_policy, policy, tag_rules
from router.migration.litellm.known_models import Lookup
from router.migration.litellm.model_groups import Group, groups
from router.migration.litellm.rows.addresses import Addressing
from router.migration.litellm.rows.model_rows import Rows
from router.migration.litellm.rows.place import Place
from router.migration.litellm.rows.references import References, is_clear_secret
from router.migration.litellm.settings_report import Settings
from router.migration.litellm.timing import DEADLINE, resilience, times
from router.migration.source_node import Doubled, Node


def convert(
    config: Node,
    doubled: Sequence[Doubled],
    around: Mapping[str, str],
    today: date,
    lookup: Lookup,
    *,
    skip_refused: bool = False,
) -> Imported:
    """The folder and the report. `around` are environment variables, `lookup` what is published of a model.

    Where a line is refused there is no folder, unless these are to be skipped: what they mean is then left out whole.
    """
    notes = Notes()
    _hide_secrets(config, notes)
    for twice in doubled:
        sentence = (
            f"{twice.key!r} stands at line {twice.first.line}, too: LiteLLM keeps the second alone, so "
            "what stood there never applied"
        )
        notes.add("protection", twice.second, sentence)
    Settings(config, notes).read()
    model_list = config.get("model_list")
    rows = _rows(config, notes, around)
    if model_list is None or not model_list.listed:
        _no_model(config, notes)
        return Imported({}, notes.in_order())
    read = [(row, rows.place(row)) for row in model_list.listed]
    named = groups((place for _, place in read if place is not None), notes)
    if not named and (skip_refused or not notes.count("refused")):
        notes.add("refused", model_list.where, "no model of this file can come over, so there is nothing to serve")
    chains = Chains(config, named, rows.names, frozenset(rows.automatic), notes)
    chains.read()
    imported = _imported(config, rows, read, named, chains, notes, today, lookup)
    sound = named and (skip_refused or not imported.count("refused"))
    return imported if sound else Imported({}, imported.notes, rest=bool(named))


def _imported(
    config: Node,
    rows: Rows,
    read: Sequence[tuple[Node, Place | None]],
    named: Mapping[str, Group],
    chains: Chains,
    notes: Notes,
    today: date,
    lookup: Lookup,
) -> Imported:
    folder = Folder(notes, chains, lookup, today, {*rows.names, *chains.aliases, "auto"})
    apart = {
        public for public, group in named.items() if stands_apart(group, chains.of(public)) or _has_tags(config, group)
    }
    for public, group in named.items():
        folder.add(group, apart=public in apart)
    for endpoint in rows.endpoints:
        folder.provider(endpoint)
    policies = _policies(config, rows, named, chains, folder, apart, notes)
    default = next(iter(policies), "")
    listed: dict[str, list[Node]] = {}
    for row, place in read:
        if place is not None:
            listed.setdefault(place.public, []).append(row)
    budgets = Budgets(config, notes, folder.ids, _by_provider(named, folder)).all(named, listed)
    head: dict[str, Any] = {"default": default, "policies": policies}
    aliases = {alias: target for alias, target in chains.aliases.items() if target in named or target in policies}
    head |= ({"aliases": aliases} if aliases else {}) | ({"budgets": budgets} if budgets else {})
    files = {
        **folder.files(),
        "policies.yaml": head,
        "deployments.yaml": {"deployments": folder.deployments, **resilience(config, notes)},
        "ramps.yaml": {"ramps": []},
        # Else the terms of the shipped contracts would be borrowed for owners of the same name.
        "contracts.yaml": {},
    }
    _access_groups(named, notes)
    return Imported(files, notes.in_order(), _commands(config, folder, named, frozenset(apart)), default)


def _rows(config: Node, notes: Notes, around: Mapping[str, str]) -> Rows:
    variables = config.get("environment_variables")
    references = References(notes, variables.mapping if variables else {}, around)
    listed = config.get("credential_list")
    credentials = {
        name.text: credential
        for credential in (listed.listed if listed else ())
        if (name := credential.get("credential_name")) is not None
    }
    return Rows(notes, references, Addressing(notes, references, credentials, times(config, notes)))


def _hide_secrets(config: Node, notes: Notes) -> None:
    for key, leaf in config.walk():
        if is_clear_secret(key, leaf) and leaf.text.strip():
            notes.hide(leaf.text.strip())
            name, at, _ = leaf.text.partition("://")[2].rpartition("@")
            if at:
                notes.hide(name)
                notes.hide(name.partition(":")[2])


def _no_model(config: Node, notes: Notes) -> None:
    node = config.mapping.get("model_list")
    stored = config.get("general_settings", "store_model_in_db")
    there = f" (`store_model_in_db`, line {stored.where.line})" if stored is not None and stored.on else ""
    sentence = (
        f"this file names no model: they may be in LiteLLM's database{there}. Export them (`GET /model/info` of the "
        "running proxy) into a `model_list`, and import that"
    )
    notes.add("refused", node.where if node else config.where, sentence)


def _has_tags(config: Node, group: Group) -> bool:
    filtering = config.get("router_settings", "enable_tag_filtering")
    tagged = any(place.tags for member in group.members for place in member.places)
    return bool(filtering is not None and filtering.on and tagged)


def _policies(
    config: Node,
    rows: Rows,
    named: Mapping[str, Group],
    chains: Chains,
    folder: Folder,
    apart: set[str],
    notes: Notes,
) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if not named:
        return made
    if "auto" not in named:
        name = _default_name({*rows.names, *chains.aliases})
        made[name] = default_policy(named, folder.ids, name)
        where = next(iter(named.values())).first.where
        notes.add("meaning", where, f"`auto` means the policy {name!r}: the first model of the file, then the others")
    for public in (name for name in named if name in apart):
        written = policy(named[public], chains.of(public), folder.ids, notes)
        if _has_tags(config, named[public]) and (rules := tag_rules(named[public], folder.ids, notes)):
            written["rules"] = rules
        made[_default_name(folder.taken) if public == "auto" else public] = written
    for public, params in rows.automatic.items():
        if (written_ := by_complexity(params, chains, folder.ids, public, notes)) is not None:
            made[public] = written_
    return made


def _default_name(taken: set[str]) -> str:
    return next(
        name for name in ("everything", "imported", "imported-models", "all-imported-models") if name not in taken
    )


def _by_provider(named: Mapping[str, Group], folder: Folder) -> dict[str, tuple[str, ...]]:
    models: dict[str, list[str]] = {}
    for public, group in named.items():
        for row, member in zip(folder.ids[public], group.members, strict=True):
            for prefix in dict.fromkeys(place.prefix for place in member.places):
                models.setdefault(prefix, []).append(row)
    return {prefix: tuple(rows) for prefix, rows in models.items()}


def _access_groups(named: Mapping[str, Group], notes: Notes) -> None:
    for public, group in named.items():
        if any(place.access_groups for member in group.members for place in member.places):
            sentence = (
                f"{public!r}: access groups are on keys here, `fungible key create --models`: until keys have "
                "them, every key may use it"
            )
            notes.add("protection", group.first.where, sentence)


def _commands(config: Node, folder: Folder, named: Mapping[str, Group], policies: frozenset[str]) -> tuple[str, ...]:
    in_group: dict[str, list[str]] = {}
    for public, group in named.items():
        for word in dict.fromkeys(
            word for member in group.members for place in member.places for word in place.access_groups
        ):
            in_group.setdefault(word, []).append(public)
    timeouts = [written["plain"].get("timeouts", {}).get("whole", 0) for written in folder.providers.values()]
    longest = max(timeouts, default=0)
    deadline = f" --deadline {longest + 20:g}" if longest >= DEADLINE else ""
    keys = {written["plain"].get("key_env") for written in folder.providers.values()} - {None}
    exports = [f"export {name}=..." for name in sorted(keys)]
    return (*key_commands(config, policies, folder.ids, in_group), *exports, f"fungible serve --config DIR{deadline}")
