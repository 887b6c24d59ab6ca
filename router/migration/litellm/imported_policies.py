"""The policies of an imported folder: a default, public names with several models, and routers by complexity."""

from collections.abc import Mapping
from typing import Any

from router.migration.import_report import Notes
from router.migration.litellm.chains import Chain, Chains
from router.migration.litellm.model_groups import Group
from router.migration.source_node import Node

_TIERS = {"SIMPLE": "low", "MEDIUM": "medium", "COMPLEX": "high", "REASONING": "high"}
Ids = Mapping[str, tuple[str, ...]]


def default_policy(groups: Mapping[str, Group], ids: Ids, name: str) -> dict[str, Any]:
    """What `auto` means: every chat model, that of the first row first."""
    chats = [public for public, group in groups.items() if group.kind == "chat"] or list(groups)
    models = list(dict.fromkeys(model for public in chats for model in ids[public]))
    return {
        "because": f"What {name!r} and `auto` mean since the import: the first model of the file, then the others",
        "band": 1.0,
        "models": models,
        "prefer": models[:1],
    }


def policy(group: Group, chain: Chain | None, ids: Ids, notes: Notes) -> dict[str, Any]:
    """A public name with several models: itself first, then its chain, in order."""
    own = list(ids[group.public])
    after = [model for public in (chain.failure if chain else ()) for model in ids[public]]
    longer = [model for public in (chain.too_long if chain else ()) for model in ids[public]]
    # What is too long for the first goes to those that are meant for it, before those that step in after a failure.
    everyone = list(dict.fromkeys((*own, *longer, *after)))
    steps = list(dict.fromkeys((*own[1:], *after))) or own[:1]
    if chain is not None:
        _noted(group.public, chain, notes)
    return {
        "because": f"{group.public!r} of the imported file, line {group.first.where.line}: itself, then who steps in",
        "band": 1.0,
        "models": everyone,
        "prefer": everyone,
        "fallback": steps,
    }


def _noted(public: str, chain: Chain, notes: Notes) -> None:
    if chain.failure:
        notes.add("carried", chain.where, f"{public!r}: after a failure {', '.join(chain.failure)}, in this order")
    if chain.too_long:
        notes.add("carried", chain.where, f"{public!r}: where a request is too long {', '.join(chain.too_long)}")


def tag_rules(group: Group, ids: Ids, notes: Notes) -> list[dict[str, Any]]:
    """A rule for each tag that only some models of a name have."""
    by_tag: dict[str, list[str]] = {}
    for row, member in zip(ids[group.public], group.members, strict=True):
        for tag in dict.fromkeys(tag for place in member.places for tag in place.tags):
            by_tag.setdefault(tag, []).append(row)
    rules = []
    for tag, rows in by_tag.items():
        if tag == "default":
            notes.add("meaning", group.first.where, f"{group.public!r}: the tag `default` has no meaning here")
        elif len(rows) < len(group.members) or len(group.members[0].places) == 1:
            because = f"Requests with the tag {tag} go to the models that have it"
            rules.append({"name": f"tag-{tag}", "because": because, "when": {"tags": [tag]}, "set": {"models": rows}})
    return rules


def by_complexity(params: Node, chains: Chains, ids: Ids, name: str, notes: Notes) -> dict[str, Any] | None:
    """A router by complexity: a rule for each level; thresholds are our own."""
    where = params.where
    tiers = params.get("complexity_router_config", "tiers") or Node({}, where)
    targets: dict[str, list[str]] = {}
    for tier, node in tiers.mapping.items():
        public = chains.aliases.get(node.text, node.text)
        if tier in _TIERS and public in ids:
            targets.setdefault(_TIERS[tier], []).extend(ids[public])
    usual = params.get("complexity_router_default_model")
    public = chains.aliases.get(usual.text, usual.text) if usual else ""
    models = list(dict.fromkeys([*ids.get(public, ()), *(model for rows in targets.values() for model in rows)]))
    if not models:
        notes.add("left_out", where, f"{name!r} is left out: none of its models came over")
        return None
    sentence = f"{name!r}: four tiers become three levels of complexity, read by the reader here: thresholds differ"
    notes.add("meaning", where, sentence)
    chain = chains.of(name)
    steps = [model for public in (chain.failure if chain else ()) for model in ids[public]]
    return {
        "because": f"{name!r} of the imported file, line {where.line}: the model by how hard the request is",
        "band": 1.0,
        "models": list(dict.fromkeys([*models, *steps])),
        "prefer": models[:1],
        **({"fallback": steps} if steps else {}),
        "rules": [
            {
                "name": f"complexity-{level}",
                "because": "As the tiers of the imported router say",
                "when": {"complexity": level},
                "set": {"prefer": list(dict.fromkeys(rows))},
            }
            for level, rows in targets.items()
        ],
    }
