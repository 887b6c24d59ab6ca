"""What the client asks for: the name of a policy, or of a model with a consent; and who it is that asks.

Invariant: nothing is swapped by accident: a model named without a word on consent is served exactly, unless the
key or the policy in force says otherwise. A key bounds what its requests may ask for; none widens it.
"""

from router.decision.candidates import permits
from router.errors import BadRequest, Forbidden, UnknownModel
from router.suggest import nearest
from router.types import Access, Ask, Caller, Config, Consent, Options, Permit, Policy

NOBODY = Caller()
_NARROWEST_FIRST: tuple[Consent, ...] = ("exact", "family", "owner", "any")


def identify(headers: Caller, options: Options, access: Access | None = None) -> Caller:
    """Who asks: the headers' word goes before the body's, and a key's before both.

    Raises Forbidden where a request speaks for another team or residency than its key: neither word is just ignored.
    """
    team, residency = headers.team or options.team, headers.residency or options.residency
    tags = (*headers.tags, *(tag for tag in options.tags if tag not in headers.tags))
    if access is None:
        return Caller(headers.key, team, residency, tags)
    for what, own, other in (("team", access.team, team), ("residency", access.residency, residency)):
        if other is not None and other != own:
            mine = f"{own!r}" if own else "none"
            sentence = f"The request says {what} {other!r}, but the {what} of the key {access.key!r} is {mine}."
            raise Forbidden(f"{sentence} Leave it out, or use a key for it.", param=what)
    return Caller(access.key, access.team, access.residency, tags)


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
) -> Ask:
    """Turn the request's `model` into a policy, perhaps a model, and a consent.

    `policy` and `consent` are the client's own words beside `model`. Where `vectors` are asked for, only a word of the
    client's own agrees to another model: an index that holds those of two finds nothing.

    Raises UnknownModel or BadRequest, with the nearest name, or Forbidden for what the caller's key does not permit.
    """
    default = default_policy(config, permit)
    by_name = _meant(asked, config, default)
    if by_name is None and all(model.id != asked for model in config.models):
        known = nearest(asked, permitted_names(config, permit))
        raise UnknownModel(f"No model or policy is called {asked!r}.{known}", param="model")
    beside = None if policy is None else _meant(policy, config, default)
    if policy is not None and beside is None:
        raise BadRequest(f"No policy is called {policy!r}.{nearest(policy, policy_names(config))}", param="policy")
    if by_name is not None and beside is not None and beside != by_name:
        raise BadRequest(f"model {asked!r} names a policy, and so does policy {policy!r}: name one.", param="policy")
    name = by_name or beside or default
    model = None if by_name else asked
    said = "exact" if vectors and consent is None else narrower(consent, permit.consent if permit else None)
    ask = Ask(
        asked=asked,
        policy=name,
        model=model,
        consent=said or default_consent(config.policies[name], model),
        unit=unit,
        caller=caller,
        stated=said is not None,
        permit=permit,
    )
    _refuse_forbidden(ask, config)
    return ask


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
    return [*names, *(model.id for model in config.models if permits(permit, model.id))]


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
    elif ask.model is not None and ask.consent == "exact" and not permits(ask.permit, ask.model):
        what = f"model {ask.model!r}"
    else:
        return
    names = ", ".join(permitted_names(config, ask.permit)) or "nothing"
    raise Forbidden(f"The key {ask.caller.key!r} may not use the {what}. It may use: {names}.", param="model")
