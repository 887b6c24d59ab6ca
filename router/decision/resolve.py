"""What the client asks for: the name of a policy, or of a model with a consent; and who it is that asks.

Invariant: nothing is swapped by accident: a model named without a word on consent is served exactly, unless the
key or the policy in force says otherwise. A key bounds what its requests may ask for; none widens it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from router.decision.candidates import permits
from router.decision.names.model_names import bare, known_name
from router.decision.names.spelling import distinct, fold, fold_known
from router.decision.names.version_names import bounded, named_version
from router.errors import BadRequest, Forbidden, UnknownModel
from router.suggest import likely, nearest
from router.types import (
    NO_OPTIONS,
    NOBODY,
    SAID,
    Access,
    Ask,
    Caller,
    Config,
    Consent,
    Fact,
    Options,
    Permit,
    Policy,
    Task,
    VersionAlias,
)
from router.types.chat import MOST_NAME, MOST_SAID
from router.types.config import WorkedOut

# What a key says of its caller, whatever its requests say.
_GRANTED = tuple(fact for fact in SAID if fact.field in {each.name for each in fields(Access)})
_Said = tuple[str, str | None, Consent | None, bool, str | None]
_Meant = tuple[str, str | None, Consent, bool]
_MEANT: WorkedOut[_Said, _Meant] = WorkedOut()
_NARROWEST_FIRST: tuple[Consent, ...] = ("exact", "family", "owner", "any")


def identify(headers: Caller, options: Options, access: Access | None = None) -> Caller:
    """Who asks: the headers' word goes before the body's, and a key's before both; a key's tags always stay.

    Raises Forbidden where a request speaks for another team or residency than its key: neither word is just ignored;
    BadRequest where header and body together say too many tags, since none is dropped.
    """
    if access is None and options is NO_OPTIONS and not headers.tags:
        return headers
    said = {fact.field: _said(fact, getattr(headers, fact.field), getattr(options, fact.name)) for fact in SAID}
    if access is None:
        return Caller(headers.key, **said)
    for fact in _GRANTED:
        said[fact.field] = _granted(fact, access, said[fact.field])
    return Caller(access.key, **said)


def tagged(caller: Caller, metadata: Mapping[str, str] | None, keys: Sequence[str]) -> Caller:
    """The caller with a tag for what its request's metadata says under each of these keys: `cost_center=4711`.

    Raises BadRequest for what is too long for a tag.
    """
    said = tuple(f"{key}={value}" for key in keys if (value := (metadata or {}).get(key)))
    for tag in said:
        if len(tag) > MOST_NAME:
            what = f"metadata.{tag.partition('=')[0]} makes a tag of {len(tag)} characters"
            raise BadRequest(f"{what}; {MOST_NAME} are the most.", param="metadata")
    return replace(caller, tags=distinct(caller.tags, said)) if said else caller


def _said(fact: Fact, header: Any, option: Any) -> Any:
    """One word goes before another; several go together, each once."""
    if fact.kind != "words":
        return header or option
    words = distinct(header, option) if header or option else ()
    if len(words) > MOST_SAID:
        sentence = f"The request says {len(words)} {fact.name}; {MOST_SAID} are the most."
        raise BadRequest(sentence, param=fact.name)
    return words


def _granted(fact: Fact, access: Access, said: Any) -> Any:
    """What a key says; of several words, those of the request beside them."""
    own = getattr(access, fact.field)
    if fact.kind == "words":
        return distinct(own, said) if own else said
    if said is not None and fold(said) != fold_known(own):
        mine = f"{own!r}" if own else "none"
        sentence = f"The request says {fact.name} {said!r}, but the {fact.name} of the key {access.key!r} is {mine}."
        raise Forbidden(f"{sentence} Leave it out, or use a key for it.", param=fact.name)
    return own


def resolve(
    asked: str,
    config: Config,
    *,
    policy: str | None = None,
    consent: Consent | None = None,
    unit: str = "",
    caller: Caller = NOBODY,
    permit: Permit | None = None,
    vectors: bool = False,
    mode: str | None = None,
    task: Task | None = None,
) -> Ask:
    """Turn the request's `model` into a policy, perhaps a model, and a consent.

    `policy` and `consent` are the client's own words beside `model`. Where `vectors` are asked for, only a word of the
    client's own agrees to another model: an index that holds those of two finds nothing. A `mode` is the policy in the
    place of one that the name stands for. An alias over versions stands for one of them by the `task`.

    Raises UnknownModel or BadRequest, with the nearest name, or Forbidden for what the caller's key does not permit.
    """
    said = asked, policy, consent, vectors, mode
    if permit is None and not config.version_aliases:
        # Clients say few names, again and again, and what they mean depends on no more than the configuration.
        known = _MEANT.of(config)
        if (meant := known.get(said)) is None:
            meant = known[said] = _resolved(said, config, None)
    else:
        meant = _resolved(said, config, permit)
    name, model, agreed, stated = meant
    ask = Ask(
        asked=asked,
        policy=name,
        model=model,
        consent=agreed,
        unit=unit,
        caller=caller,
        stated=stated,
        permit=permit,
    )
    if model is not None:
        ask = _of_version(ask, config.version_aliases.get(model), task, config)
    _refuse_forbidden(ask, config)
    return ask


def _resolved(said: _Said, config: Config, permit: Permit | None) -> _Meant:
    """The policy that is meant, perhaps a model or an alias over versions, the consent, and whether that is stated."""
    asked, policy, consent, vectors, mode = said
    default = default_policy(config, permit)
    by_name = _meant(asked, config, default)
    by_name = by_name and (mode or by_name)
    word = known_name(asked, config, swap=not vectors) if by_name is None else asked
    if word is None:
        raise unknown_model(asked, permitted_names(config, permit))
    # What an alias leads to gives way to a policy that the client says itself.
    led = _meant(word, config, default)
    beside = None if policy is None else _meant(policy, config, default)
    if policy is not None and beside is None:
        raise BadRequest(f"No policy is called {policy!r}.{nearest(policy, policy_names(config))}", param="policy")
    if by_name is not None and beside is not None and beside != by_name:
        raise BadRequest(f"model {asked!r} names a policy, and so does policy {policy!r}: name one.", param="policy")
    name = by_name or beside or led or default
    model = None if led else word
    narrowest = "exact" if vectors and consent is None else narrower(consent, permit.consent if permit else None)
    agreed = narrowest or default_consent(config.policies[name], model)
    return name, model, agreed, narrowest is not None


def _of_version(ask: Ask, alias: VersionAlias | None, task: Task | None, config: Config) -> Ask:
    """The ask for one of an alias' versions. All of these are what its name means, unless a consent is stated."""
    if alias is None:
        return ask
    return replace(
        ask,
        model=named_version(alias, task, config.ramps),
        consent=ask.consent if ask.stated else "any",
        permit=bounded(alias, task, config.ramps, ask.permit),
    )


def unknown_model(asked: str, names: Iterable[str]) -> UnknownModel:
    """The error for a name that stands for nothing, with the nearest of the names that do."""
    names = list(names)
    spelt = asked if likely(asked, names) else bare(asked)
    return UnknownModel(f"No model or policy is called {asked!r}.{nearest(spelt, names)}", param="model")


def default_consent(policy: Policy, model: str | None) -> Consent:
    """The consent where nobody says one: the policy's, else `exact` for a named model, else `any`."""
    return policy.consent or ("any" if model is None else "exact")


def narrower(said: Consent | None, widest: Consent | None) -> Consent | None:
    """What a request says of consent, within what its key allows; what the key says, where the request says nothing."""
    if said is None or widest is None:
        return said or widest
    return min(said, widest, key=_NARROWEST_FIRST.index)


def default_policy(config: Config, permit: Permit | None = None) -> str:
    """What `auto` means: the house's default policy, or the first that a key may use where that is not among them."""
    if permit is None or permit.policies is None or config.default_policy in permit.policies:
        return config.default_policy
    return next((name for name in permit.policies if name in config.policies), config.default_policy)


def policy_name(name: str, config: Config) -> str | None:
    """The policy that a name or an alias stands for; `auto` is the default one."""
    return _meant(name, config, config.default_policy)


def policy_names(config: Config) -> list[str]:
    """Every name by which a policy can be asked for."""
    aliases = (alias for policy in config.policies.values() for alias in policy.aliases)
    return ["auto", *config.policies, *aliases]


def permitted_names(config: Config, permit: Permit | None) -> list[str]:
    """Every name of a policy or a model that a request with such a key may ask for."""
    default = default_policy(config, permit)
    names = [name for name in policy_names(config) if _may_use(permit, _meant(name, config, default) or default)]
    aliases = [
        alias.name for alias in config.version_aliases.values() if any(permits(permit, v) for v in alias.versions)
    ]
    return [*names, *(model.id for model in config.models if permits(permit, model.id)), *aliases]


def _meant(name: str, config: Config, default: str) -> str | None:
    if name in config.policies:
        return name
    if name == "auto":
        return default
    return next((policy for policy, row in config.policies.items() if name in row.aliases), None)


def _may_use(permit: Permit | None, policy: str) -> bool:
    return permit is None or permit.policies is None or policy in permit.policies


def _refuse_forbidden(ask: Ask, config: Config) -> None:
    """A policy must be permitted; a model too, unless the client consents to another in its place."""
    if not _may_use(ask.permit, ask.policy):
        what = f"policy {ask.policy!r}"
    elif ask.permit is not None and ask.permit.models == () and known_name(ask.asked, config) in config.version_aliases:
        what = f"alias {ask.asked!r}"
    elif ask.model is not None and ask.consent == "exact" and not permits(ask.permit, ask.model):
        what = f"model {ask.model!r}"
    else:
        return
    names = ", ".join(permitted_names(config, ask.permit)) or "nothing"
    raise Forbidden(f"The key {ask.caller.key!r} may not use the {what}. It may use: {names}.", param="model")
