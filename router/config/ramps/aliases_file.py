"""aliases.yaml as it is written: names over the versions of a model, every key that a person may use, and no other.

Invariant: what an alias leaves out is the default that docs/aliases.md states.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from annotated_types import Ge, Le, MaxLen, MinLen

from router.config.policies_file import FORBID
from router.config.ramps.ramps_file import Chance, Count, GuardrailsWritten, Positive, ShadowWritten, StepWritten
from router.config.scalars import Duration, Words
from router.types import Sticky, Task
from router.types.catalog import Text

MOST_VERSIONS = 8


@dataclass(frozen=True, slots=True)
class NeverWorseWritten:
    """What an alias promises: by how much it may get worse on a kind of work, and the chance that it ever does.

    A version that is neither shown to be worse nor not to be after `give_up` pairs stays out.
    """

    __pydantic_config__ = FORBID

    margin: Chance = 0.02
    alpha: Chance = 0.05
    give_up: Annotated[int, Ge(100), Le(10_000_000)] = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasWritten:
    """A name over versions, oldest first."""

    __pydantic_config__ = FORBID

    because: Text
    versions: Annotated[tuple[Text, ...], MinLen(1), MaxLen(MOST_VERSIONS)]
    never_worse: NeverWorseWritten = field(default_factory=NeverWorseWritten)
    tasks: Words[Task] | None = None
    steps: Annotated[tuple[Positive | StepWritten, ...], MinLen(1)] = (0.1, 0.5, 1.0)
    after: Duration = "1 hour"
    pairs: Count = 50
    holdback: Annotated[float, Ge(0), Le(0.5)] = 0.0
    unit: Sticky = "conversation"
    shadow: ShadowWritten = field(default_factory=ShadowWritten)
    guardrails: GuardrailsWritten = field(default_factory=GuardrailsWritten)


@dataclass(frozen=True, slots=True)
class AliasesFile:
    """aliases.yaml."""

    __pydantic_config__ = FORBID

    aliases: Mapping[Text, AliasWritten] = field(default_factory=dict)
