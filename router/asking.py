"""What the client asks for: the name of a policy, or of a model with a consent.

Invariant: nothing is swapped by accident: a model named without a word on consent is served exactly, unless the
policy in force says otherwise.
"""

from collections.abc import Iterable
from difflib import get_close_matches

from router.errors import BadRequest, UnknownModel
from router.types import Ask, Caller, Config, Consent, Policy

NOBODY = Caller()


def resolve(
    asked: str,
    config: Config,
    *,
    policy: str | None = None,
    consent: Consent | None = None,
    unit: str = "",
    caller: Caller = NOBODY,
) -> Ask:
    """Turn the request's `model` into a policy, perhaps a model, and a consent.

    `policy` and `consent` are the client's own words beside `model`. Raises UnknownModel or BadRequest, with the
    nearest name.
    """
    by_name = policy_name(asked, config)
    if by_name is None and all(model.id != asked for model in config.models):
        known = [*policy_names(config), *(model.id for model in config.models)]
        raise UnknownModel(f"No model or policy is called {asked!r}.{nearest(asked, known)}", param="model")
    if policy is not None and policy_name(policy, config) is None:
        raise BadRequest(f"No policy is called {policy!r}.{nearest(policy, policy_names(config))}", param="policy")
    if by_name is not None and policy is not None and policy_name(policy, config) != by_name:
        raise BadRequest(f"model {asked!r} names a policy, and so does policy {policy!r}: name one.", param="policy")
    name = by_name or policy_name(policy or config.default_policy, config) or config.default_policy
    model = None if by_name else asked
    agreed = consent or default_consent(config.policies[name], model)
    return Ask(asked, name, model, agreed, unit, caller, consent is not None)


def default_consent(policy: Policy, model: str | None) -> Consent:
    """The consent where the client says nothing: the policy's, else `exact` for a named model, else `any`."""
    return policy.consent or ("any" if model is None else "exact")


def policy_name(name: str, config: Config) -> str | None:
    """The policy that a name or an alias stands for; `auto` is the default one."""
    if name in config.policies:
        return name
    if name == "auto":
        return config.default_policy
    return next((found for found, policy in config.policies.items() if name in policy.aliases), None)


def policy_names(config: Config) -> list[str]:
    """Every name by which a policy can be asked for."""
    aliases = (alias for policy in config.policies.values() for alias in policy.aliases)
    return ["auto", *config.policies, *aliases]


def nearest(wrong: str, known: Iterable[str]) -> str:
    """A sentence that names the nearest right word, or the words there are."""
    known = list(known)
    close = get_close_matches(wrong, known, n=1, cutoff=0.6)
    return f" Did you mean {close[0]!r}?" if close else f" There are: {', '.join(known)}."
