"""What the clients of a log ask for, as another version of the configuration understands it.

Invariant: a name that a version does not know is refused by it, never read as something else; a consent that the
client did not state is the version's own; who asks for a model that has retired by then asks for its successor.
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from router.decision.names.successors import successor
from router.decision.names.version_names import alias_of, named_version
from router.decision.resolve import default_consent, policy_name, resolve
from router.errors import RouterError
from router.policy.replay.request_columns import Coded, Codes, Requests, dense
from router.types import Config, Consent, Permit

_FEW = 2**24


class Wish(NamedTuple):
    """What a client said, and what the log made of it; `consent` is None where it was not stated.

    `permit` is what its key permitted, which binds it under every version.
    """

    asked: str
    policy: str | None
    model: str | None
    consent: Consent | None
    permit: Permit | None = None


class Granted(NamedTuple):
    """What a version makes of a wish; a policy of None is one that it does not know."""

    policy: str | None
    model: str | None
    consent: str


Grants = tuple[Granted, ...]
UNKNOWN = Granted(None, None, "any")


@dataclass(frozen=True, slots=True)
class Wishes:
    """The different wishes of a log, with the requests that have each."""

    of: Codes
    different: tuple[Wish, ...]


def wishes_of(requests: Requests) -> Wishes:
    """Every wish once: there are few, and the rules of names are worked out once for each."""
    columns: tuple[Coded[Any], ...] = (
        requests.asked,
        requests.policy,
        requests.model,
        requests.consent,
        requests.permit,
    )
    key = requests.stated.astype(np.int64)
    for column in columns:
        key = key * max(1, len(column.values)) + column.codes
    codes, _ = _counted(key)
    first = np.zeros(int(codes.max(initial=-1)) + 1, np.intp)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return Wishes(codes, tuple(_wish(requests, row) for row in first.tolist()))


def grants_of(wishes: Wishes, config: Config, logged_default: str, forced: str | None) -> Grants:
    """What this configuration makes of each wish; `forced` puts all of them under one policy.

    A client that named a model and no policy had the default one, which `logged_default` was in the log.
    """
    return tuple(_granted(wish, config, logged_default, forced) for wish in wishes.different)


def granted(requests: Requests, wishes: Wishes, grants: Grants, config: Config) -> Requests:
    """The same requests, asking by the names of the configuration that the grants are from."""
    return replace(
        requests,
        policy=_column([grant.policy for grant in grants], wishes.of),
        model=_named(requests, wishes, grants, config),
        consent=_column([grant.consent for grant in grants], wishes.of),
    )


def _named(requests: Requests, wishes: Wishes, grants: Grants, config: Config) -> Coded[str | None]:
    """The model that each wish names; of an alias over versions the one that it means for the kind of work."""
    aliases = [alias_of(wish.asked, config) for wish in wishes.different]
    if not any(aliases):
        return _column([grant.model for grant in grants], wishes.of)
    tasks = requests.task.values
    names = [
        named_version(alias, task, config.ramps) if alias and grant is not UNKNOWN else grant.model
        for grant, alias in zip(grants, aliases, strict=True)
        for task in tasks
    ]
    return _column(names, (wishes.of * len(tasks) + requests.task.codes).astype(np.int32))


def _granted(wish: Wish, config: Config, logged_default: str, forced: str | None) -> Granted:
    if forced is not None:
        return _under(forced, wish, config)
    chosen = None if wish.model is None or wish.policy == logged_default else wish.policy
    policy = None if policy_name(wish.asked, config) else chosen
    try:
        ask = resolve(wish.asked, config, policy=policy, consent=wish.consent, permit=wish.permit)
    except RouterError:
        return UNKNOWN
    return Granted(ask.policy, ask.model, ask.consent)


def _under(policy: str, wish: Wish, config: Config) -> Granted:
    """The wish under a policy of our choice; a model that was named stays named, and must be known."""
    if wish.model is not None and all(model.id != wish.model for model in config.models):
        return UNKNOWN
    return Granted(policy, wish.model, wish.consent or default_consent(config.policies[policy], wish.model))


def _wish(requests: Requests, row: int) -> Wish:
    consent: Any = requests.consent.at(row) if requests.stated[row] else None
    named, permit = requests.model.at(row), requests.permit.at(row)
    return Wish(requests.asked.at(row), requests.policy.at(row), named, consent, permit)


def _column(values: list[Any], of: Codes) -> Coded[Any]:
    """A column from the value of each wish, without the values that stand twice."""
    places = {value: place for place, value in enumerate(dict.fromkeys(values))}
    return Coded(np.array([places[value] for value in values], np.int32)[of], tuple(places))


def _counted(key: NDArray[np.int64]) -> tuple[Codes, Any]:
    if not len(key) or int(key.max()) < _FEW:
        return dense(key)
    distinct, codes = np.unique(key, return_inverse=True)
    return codes.astype(np.int32), distinct


def with_successors(requests: Requests, config: Config) -> Requests:
    """The same requests, but those for a model that has retired on their day, which are for its successor."""
    retiring = {row.id: row for row in config.models if row.retires is not None}
    if not retiring.keys() & set(requests.model.values):
        return requests
    names = list(requests.model.values)
    codes = requests.model.codes.copy()
    days, consents = requests.ordinals(), requests.consent
    vectors = np.array(["embeddings" in needs for needs in requests.needs.values], np.bool_)[requests.needs.codes]
    answers: dict[tuple[str, Any, int], str | None] = {}
    for name, row in retiring.items():
        if name not in names:
            continue
        retires = row.retires.toordinal() if row.retires else 0
        ended = (requests.model.codes == names.index(name)) & ~vectors & (days >= retires)
        for place in np.flatnonzero(ended).tolist():
            consent: Any = consents.at(place) if requests.stated[place] else None
            wish = name, consent, int(days[place])
            if wish not in answers:
                answers[wish] = successor(row, consent, wish[2], config.models)
            codes[place] = _code(answers[wish] or name, names)
    return replace(requests, model=Coded(codes, tuple(names)))


def _code(name: str, names: list[str | None]) -> int:
    if name not in names:
        names.append(name)
    return names.index(name)
