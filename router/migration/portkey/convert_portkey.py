"""A Portkey config becomes a folder's files and a report.

Invariant: what can't come over leaves the rest as it is; without a target that can, there are no files.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from router.migration.import_report import Imported, Notes
from router.migration.litellm.chains import Chains
from router.migration.litellm.folder import Folder
from router.migration.litellm.known_models import Lookup
from router.migration.litellm.model_groups import Group, Member
from router.migration.litellm.rows.place import Place, Written
from router.migration.litellm.rows.references import is_clear_secret
from router.migration.portkey.conditions import keys_of, tags_of
from router.migration.portkey.targets import Targets, ordered, spelled, weight
from router.migration.source_node import Node

POLICY = "imported"
MODES = ("single", "fallback", "loadbalance", "conditional")
MOST_ATTEMPTS = 4
MOST_CACHED_S = 100 * 365 * 86_400


def convert_portkey(config: Node, today: date, lookup: Lookup) -> Imported:
    """The folder and the report. `lookup` is what is published of a model."""
    notes = Notes()
    for key, leaf in config.walk():
        if key.lower().replace("_", "") in ("virtualkey", "apikey") or is_clear_secret(key, leaf):
            notes.hide(leaf.text)
    root = _root(spelled(config))
    targets = Targets(notes)
    targets.read(root)
    _strategies(root, notes)
    if not targets.places:
        notes.add("refused", root.where, "no target of this file can come over, so there is nothing to serve")
        return Imported({}, notes.in_order())
    folder = Folder(notes, Chains(root, {}, {}, frozenset(), notes), lookup, today, {POLICY, "auto"})
    ids = _models(targets, folder)
    _asked(root, targets, notes)
    files = {
        **folder.files(),
        "policies.yaml": _policies(root, targets, ids, notes),
        "deployments.yaml": {"deployments": folder.deployments, **_retry(root, notes)},
        "ramps.yaml": {"ramps": []},
        # Else the terms of the shipped contracts would be borrowed for owners of the same name.
        "contracts.yaml": {},
    }
    keys = sorted({str(written["plain"]["key_env"]) for written in folder.providers.values()})
    commands = (*(f"export {name}=..." for name in keys), "fungible serve --config DIR")
    return Imported(files, notes.in_order(), commands, POLICY)


def _root(config: Node) -> Node:
    """The config itself, out of what the API gives it in."""
    inner = config.get("data", "config") or config.get("config")
    return inner if inner is not None and inner.mapping else config


def _models(targets: Targets, folder: Folder) -> dict[str, str]:
    """Add a model for each that the targets name, at one or several places; gives the row of each identity."""
    named: dict[str, list[Place]] = {}
    for place in targets.places:
        named.setdefault(str(place.identity), []).append(place)
    ids = {}
    for name, places in named.items():
        distinct = list({(place.endpoint.label, str(place.endpoint.settings)): place for place in places}.values())
        first = distinct[0]
        group = Group(first.public, first.kind, (Member(name, tuple(distinct), Written()),))
        folder.add(group, apart=first.public in folder.taken)
        (ids[name],) = folder.ids[first.public]
        folder.taken.add(ids[name])
    return ids


def _asked(root: Node, targets: Targets, notes: Notes) -> None:
    """Say what clients must name, and where conditions can't tell two places of one model apart."""
    sentence = f"clients ask for `auto` (or {POLICY!r}): Portkey puts its own model in the place of any that is named"
    notes.add("meaning", root.where, sentence, first=True)
    several = len({place.identity for place in targets.places}) < len(targets.places)
    if several and root.get("strategy", "conditions") is not None:
        sentence = "a model at several places is asked at them in their order, whatever condition chose it"
        notes.add("meaning", root.where, sentence)


def _policies(root: Node, targets: Targets, ids: Mapping[str, str], notes: Notes) -> dict[str, Any]:
    models = _rows(targets.below(root), ids)
    rules, first, keys = _rules(root, targets, ids, notes)
    chain = list(dict.fromkeys([*first, *models]))
    if len(chain) > MOST_ATTEMPTS:
        left = ", ".join(chain[MOST_ATTEMPTS:])
        notes.add(
            "meaning", root.where, f"a request has at most {MOST_ATTEMPTS} attempts, so {left} may not be reached"
        )
    policy = {
        "because": "The imported config: its targets in their order",
        "band": 1.0,
        "models": chain,
        "prefer": chain,
        "fallback": chain[1:] or chain,
        **_cache(root, notes),
        **({"rules": rules} if rules else {}),
    }
    return {"default": POLICY, **({"metadata_tags": keys} if keys else {}), "policies": {POLICY: policy}}


def _rows(places: Iterator[Place], ids: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys(ids[str(place.identity)] for place in places))


def _rules(
    root: Node, targets: Targets, ids: Mapping[str, str], notes: Notes
) -> tuple[list[dict[str, Any]], list[str], list[str]]:
    """The rules of a conditional config, the models of its default, and the keys of metadata that it looks at."""
    conditions = root.get("strategy", "conditions")
    by_name = {name.text: each for each in ordered(root) if (name := each.get("name")) is not None}
    rules: list[dict[str, Any]] = []
    keys: list[str] = []
    for number, condition in enumerate(conditions.listed if conditions is not None else (), 1):
        query, then = condition.get("query"), condition.get("then")
        target = by_name.get(then.text) if then is not None else None
        rows = _rows(targets.below(target), ids) if target is not None else []
        if query is None or not rows:
            notes.add("protection", condition.where, "a condition whose target is not there: it selects nothing")
        elif (when := tags_of(query, notes)) is not None:
            keys += keys_of(query)
            because = f"As condition {number} of the imported config says"
            rules.append({"name": f"condition-{number}", "because": because, "when": when, "set": {"prefer": rows}})
            sentence = "a condition on metadata: it is read of the body's `metadata`, and of no header of Portkey's"
            notes.add("meaning", condition.where, sentence)
    usual = root.get("strategy", "default")
    default = by_name.get(usual.text) if usual is not None else None
    # Of several rules that apply the later goes before, and Portkey takes the first.
    return rules[::-1], _rows(targets.below(default), ids) if default is not None else [], list(dict.fromkeys(keys))


def _strategies(node: Node, notes: Notes, depth: int = 0) -> None:
    """Say what becomes of each strategy, from the top down."""
    mode, inner = node.get("strategy", "mode"), node.get("targets")
    if mode is not None and mode.text not in MODES:
        sentence = f"the mode {mode.text!r} is none of {', '.join(MODES)}: the targets are asked in their order"
        notes.add("meaning", mode.where, sentence, first=True)
    if mode is not None and mode.text == "loadbalance" and inner is not None:
        notes.add("meaning", mode.where, _shares(inner.listed))
    if mode is not None and mode.text == "conditional" and depth:
        notes.add("protection", mode.where, "conditions below the top: the targets are asked in their order")
    for path in (("strategy", "on_status_codes"), ("retry", "on_status_codes")):
        if (codes := node.get(*path)) is not None:
            sentence = (
                "on_status_codes: which failures let another model be asked is fixed here: timeouts, 429, and what "
                "says that a backend is unavailable"
            )
            notes.add("meaning", codes.where, sentence)
    if depth and (cache := node.get("cache")) is not None:
        notes.add("left_out", cache.where, "cache of a single target: write `cache_for` in a policy of its own")
    for each in inner.listed if inner is not None else ():
        _strategies(each, notes, depth + 1)


def _shares(targets: Sequence[Node]) -> str:
    parts = " : ".join(f"{weight(each):g}" for each in targets)
    what = "here the largest takes everything until it is full or fails, then the next"
    return f"Portkey spreads requests by weight ({parts}); {what}. A ramp (`fungible ramp`) keeps a share exactly"


def _cache(root: Node, notes: Notes) -> dict[str, Any]:
    cache = root.get("cache")
    if cache is None:
        return {}
    mode = cache.get("mode") or cache
    if mode.text != "simple":
        sentence = "a semantic cache: answers to other words are never given again here; the same words are"
        notes.add("left_out", mode.where, sentence)
    seconds = cache.whole("max_age")
    if seconds is None:
        notes.add("assumed", cache.where, "no age of cached answers is written: `cache_for: 10 minutes`")
        return {"cache_for": "10 minutes"}
    if seconds > MOST_CACHED_S:
        notes.add("left_out", cache.where, "max_age: answers can be kept for 100 years, no longer: none are kept")
        return {}
    notes.add("carried", cache.where, f"the same request of the same key gets the same answer for {seconds} s")
    return {"cache_for": f"{seconds} s"}


def _retry(root: Node, notes: Notes) -> dict[str, Any]:
    attempts = root.get("retry", "attempts")
    if attempts is None or attempts.number is None:
        return {}
    if attempts.number == 0:
        notes.add("carried", attempts.where, "no retries: a place is never asked again (`retry: {budget: 0}`)")
        return {"retry": {"budget": 0}}
    sentence = (
        f"retry: {attempts.text}: a request has at most {MOST_ATTEMPTS} attempts: other places and models first, then "
        "the same place once more, for at most a tenth of requests"
    )
    notes.add("meaning", attempts.where, sentence)
    return {}
