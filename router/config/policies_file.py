"""policies.yaml as it is written: every key that a person may use, and no other.

Invariant: an unknown key is an error; a word may stand where a list of words may; what a policy leaves out comes from
the policy that it extends, or is the default that docs/policies-reference.md states.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Ge, Le

from router.config.scalars import Comparison, Hours, Limit, TimeOfDay, Words
from router.types import Capability, Charge, Complexity, Consent, Disclosure, Each, Optimize, Per, Task
from router.types.catalog import Text

Share = Annotated[float, Ge(0), Le(1)]
Logit = Annotated[float, Ge(-20), Le(20)]
Tokens = Annotated[int, Ge(0), Le(10**9)]
FORBID = {"extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """What must be true of a request; every key that is given must hold."""

    __pydantic_config__ = FORBID

    task: Words[Task] | None = None
    difficulty: Comparison | None = None
    complexity: Words[Complexity] | None = None
    language: Words[Text] | None = None
    input_tokens: Comparison | None = None
    needs: Words[Capability] | None = None
    residency: Words[Text] | None = None
    key: Words[Text] | None = None
    team: Words[Text] | None = None
    tags: Words[Text] | None = None
    time: Hours | None = None


@dataclass(frozen=True, slots=True)
class Never:
    """The models that a guard bars: those that match every key that is given."""

    __pydantic_config__ = FORBID

    model: Words[Text] | None = None
    family: Words[Text] | None = None
    owner: Words[Text] | None = None
    region: Words[Text] | None = None
    provider: Words[Text] | None = None


@dataclass(frozen=True, slots=True)
class GuardWritten:
    """A guard."""

    __pydantic_config__ = FORBID

    name: Text
    because: Text
    never: Never
    when: When = field(default_factory=When)


@dataclass(frozen=True, slots=True)
class Set:
    """What a rule changes."""

    __pydantic_config__ = FORBID

    band: Share | None = None
    optimize: Optimize | None = None
    models: Words[Text] | None = None
    prefer: Words[Text] | None = None
    floors: Mapping[Task, Share] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleWritten:
    """A rule: `set`, `prefer`, or both."""

    __pydantic_config__ = FORBID

    name: Text
    because: Text
    when: When
    set: Set | None = None
    prefer: Words[Text] | None = None


@dataclass(frozen=True, slots=True)
class Of:
    """Whose requests a budget counts."""

    __pydantic_config__ = FORBID

    key: Words[Text] | None = None
    team: Words[Text] | None = None
    policy: Words[Text] | None = None
    model: Words[Text] | None = None


@dataclass(frozen=True, slots=True)
class Then:
    """What a budget does at its limit, beside denying."""

    __pydantic_config__ = FORBID

    band: Share | None = None
    models: Words[Text] | None = None


@dataclass(frozen=True, slots=True)
class BudgetWritten:
    """A budget; `then: deny` unless said."""

    __pydantic_config__ = FORBID

    name: Text
    limit: Limit
    per: Per
    of: Of = field(default_factory=Of)
    each: Each | None = None
    then: Literal["deny"] | Then = "deny"
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenWritten:
    """The request of a test."""

    __pydantic_config__ = FORBID

    text: Text | None = None
    task: Task | None = None
    difficulty: Logit | None = None
    language: Text | None = None
    input_tokens: Tokens | None = None
    output_tokens: Tokens | None = None
    needs: Words[Capability] | None = None
    residency: Text | None = None
    key: Text | None = None
    team: Text | None = None
    tags: Words[Text] | None = None
    time: TimeOfDay | None = None
    model: Text | None = None
    consent: Consent | None = None
    spent: Words[Text] | None = None
    down: Words[Text] | None = None


@dataclass(frozen=True, slots=True)
class ExpectWritten:
    """What a test expects."""

    __pydantic_config__ = FORBID

    model: Words[Text] | None = None
    owner: Words[Text] | None = None
    family: Words[Text] | None = None
    excluded: Words[Text] | None = None
    rules: Words[Text] | None = None
    error: Text | None = None


@dataclass(frozen=True, slots=True)
class TrialWritten:
    """A test of a policy."""

    __pydantic_config__ = FORBID

    given: GivenWritten
    expect: ExpectWritten
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyWritten:
    """A policy; `because` and `band` are needed unless it extends another."""

    __pydantic_config__ = FORBID

    because: Text | None = None
    extends: Text | None = None
    band: Share | None = None
    optimize: Optimize | None = None
    models: Words[Text] | None = None
    prefer: Words[Text] | None = None
    floors: Mapping[Task, Share] = field(default_factory=dict)
    consent: Consent | None = None
    disclosure: Disclosure | None = None
    charge: Charge | None = None
    guards: tuple[GuardWritten, ...] = ()
    rules: tuple[RuleWritten, ...] = ()
    budgets: tuple[BudgetWritten, ...] = ()
    tests: tuple[TrialWritten, ...] = ()
    aliases: Words[Text] | None = None


@dataclass(frozen=True, slots=True)
class PoliciesFile:
    """policies.yaml. The guards and budgets at its head bind every policy."""

    __pydantic_config__ = FORBID

    default: str
    policies: Mapping[str, PolicyWritten]
    timezone: Text = "UTC"
    guards: tuple[GuardWritten, ...] = ()
    budgets: tuple[BudgetWritten, ...] = ()
