"""What a key grants, as people write it, and what that means under a configuration.

Invariant: what is written for a key never changes by itself; a model or a policy that is gone is granted no more, and
nothing takes its place.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from annotated_types import Ge, Le, MaxLen

from router.config.cross_references import names_of, selects
from router.config.files.yaml_source import Source
from router.config.scalars import Allowance, Words, allowance, duration
from router.config.schema import check
from router.decision.resolve import policy_name, policy_names
from router.errors import BadRequest, ConfigError
from router.suggest import nearest
from router.types import Access, Budget, Config, Consent, Disclosure, Permit, Rates, Target
from router.types.catalog import Text
from router.types.chat import MOST_SAID

HOME = "key"
Most = Annotated[int, Ge(1), Le(10**12)]
Label = Annotated[Text, MaxLen(128)]


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantWritten:
    """What a key grants; what is left out is no limit. `models` are globs, `budgets` such as `500 USD per month`."""

    __pydantic_config__ = {"extra": "forbid"}

    team: Label | None = None
    residency: Label | None = None
    tags: Annotated[Words[Label], MaxLen(MOST_SAID)] | None = None
    consent: Consent | None = None
    disclosure: Disclosure | None = None
    models: Words[Text] | None = None
    policies: Words[Text] | None = None
    requests_per_minute: Most | None = None
    tokens_per_minute: Most | None = None
    in_flight: Most | None = None
    budgets: Words[Allowance] | None = None
    expires: datetime | None = None


WORDS = tuple(GrantWritten.__slots__)


def written(given: Mapping[str, Any], config: Config, now: datetime) -> GrantWritten:
    """What somebody writes for a key, checked against the configuration; raises BadRequest with every fault.

    `expires` may be a time, in the configuration's timezone unless it says another, or a stretch from now.
    """
    said = {key: value for key, value in given.items() if value is not None}
    if isinstance(said.get("expires"), str):
        said["expires"] = _expiry(said["expires"], config, now).isoformat()
    try:
        grant = check(Source("the key", said), GrantWritten)
    except ConfigError as error:
        raise BadRequest(". ".join(f"{problem.sentence}{problem.hint}" for problem in error.problems)) from None
    if faults := _faults(grant, config, now):
        raise BadRequest(" ".join(faults))
    return grant


def changed(grant: GrantWritten, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a key grants once some of it is written anew; None takes a limit away."""
    return {**plain(grant), **given}


def plain(grant: GrantWritten) -> dict[str, Any]:
    """What is written, as JSON has it."""
    said = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(grant).items()}
    return said | {"expires": grant.expires.isoformat() if grant.expires else None}


def access(name: str, grant: GrantWritten, config: Config) -> Access:
    """What a key means under a configuration."""
    models = grant.models and tuple(m.id for m in config.models if any(selects(glob, m) for glob in grant.models))
    policies = grant.policies and tuple(policy_name(word, config) or word for word in grant.policies)
    permit = Permit(models, policies, grant.consent, grant.disclosure)
    return Access(
        name,
        grant.team,
        grant.residency,
        None if permit == Permit() else permit,
        tuple(_budget(name, text) for text in grant.budgets or ()),
        Rates(grant.requests_per_minute, grant.tokens_per_minute, grant.in_flight),
        grant.tags or (),
    )


def _budget(name: str, text: str) -> Budget:
    """A budget of one key; its account stays the same when its limit changes."""
    number, unit, per = allowance(text)
    return Budget(
        name=f"{unit} per {per}",
        home=f"{HOME} {name}",
        of=Target(key=(name,)),
        limit=number,
        unit=unit,
        per=per,
        because=text,
    )


def _expiry(text: str, config: Config, now: datetime) -> datetime:
    try:
        expiry = datetime.fromisoformat(text)
    except ValueError:
        try:
            return datetime.fromtimestamp(now.timestamp() + duration(text), now.tzinfo)
        except ValueError:
            examples = '"2027-01-31", "2027-01-31T12:00+09:00" or "90 days"'
            raise BadRequest(f"expires: write a time or a stretch from now, {examples}, not {text!r}.") from None
    return expiry if expiry.tzinfo else expiry.replace(tzinfo=ZoneInfo(config.timezone))


def _faults(grant: GrantWritten, config: Config, now: datetime) -> list[str]:
    """What can't be meant."""
    words = sorted({word for model in config.models for word in names_of(model)})
    names = policy_names(config)
    units = [allowance(text)[1:] for text in grant.budgets or ()]
    return [
        *(
            f"models: {glob!r} matches no model's id, family or owner.{nearest(glob, words)}"
            for glob in grant.models or ()
            if not any(selects(glob, model) for model in config.models)
        ),
        *(
            f"policies: no policy is called {name!r}.{nearest(name, names)}"
            for name in grant.policies or ()
            if policy_name(name, config) is None
        ),
        *(f"budgets: two budgets count {unit} per {per}." for unit, per in set(units) if units.count((unit, per)) > 1),
        *(["expires: that time has passed."] if grant.expires and grant.expires <= now else []),
    ]
