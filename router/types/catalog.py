"""What can answer: models with their owners, abilities, speeds, tokenizers and dated prices.

Invariant: every number stands in a block that names its source, its date, and whether it was measured, published
or assumed.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, get_args

from annotated_types import Ge, Gt, Le, MinLen

Task = Literal[
    "chat",
    "coding",
    "math",
    "science",
    "reasoning",
    "law",
    "security",
    "medicine",
    "summarisation",
    "translation",
    "extraction",
    "classification",
    "creative_writing",
    "speech",
]
TASKS: tuple[Task, ...] = get_args(Task)
# What a policy may set a floor for: a kind of work, or all in which a wrong answer may cost a person much.
HIGH_STAKES: Literal["high_stakes"] = "high_stakes"
FloorKey = Literal[Task, "high_stakes"]
# The kinds of work in which a wrong answer costs most: by these a model is judged where stakes are high.
SOBER_TASKS: tuple[Task, ...] = ("law", "security", "medicine")

Capability = Literal["tools", "json", "vision", "audio", "files", "embeddings", "speech"]
CAPABILITIES: tuple[Capability, ...] = get_args(Capability)
# What is answered in no words: a model that can do one of these does nothing else.
KINDS: frozenset[Capability] = frozenset(("embeddings", "speech"))

Status = Literal["measured", "published", "assumed"]
Text = Annotated[str, MinLen(1)]
Count = Annotated[int, Ge(1)]
Dollars = Annotated[Decimal, Ge(0), Le(Decimal(1_000_000))]


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens, which is micro-dollars per token, in force from `since` on.

    `checked` is the day on which somebody last saw it in its source. What is written to a cache, for five minutes or an
    hour, costs what input does where no other price is stated.
    """

    __pydantic_config__ = {"extra": "forbid"}

    since: date
    input: Dollars
    output: Dollars
    cached_input: Dollars
    source: Text
    status: Status
    checked: date | None = None
    cache_write_5m: Dollars | None = None
    cache_write_1h: Dollars | None = None

    @property
    def dearest_input(self) -> Decimal:
        """The most that a token of input may cost, as cached input costs no more than any."""
        return max(self.input, self.cache_write_5m or self.input, self.cache_write_1h or self.input)


@dataclass(frozen=True, slots=True)
class Abilities:
    """Ability per task on the logit scale: the chance of a right answer is sigmoid(ability - difficulty).

    `loadings` belong to a fitted reader's traits, one each: what a trait of the text adds to this model's ability.
    """

    __pydantic_config__ = {"extra": "forbid"}

    source: Text
    date: date
    status: Status
    values: Mapping[Task, Annotated[float, Ge(-10), Le(10)]]
    loadings: tuple[Annotated[float, Ge(-1000), Le(1000)], ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerLengths:
    """How long a model's answers are beside what a fitted reader expects; it stands for the model's own `verbosity`.

    `loadings` belong to the reader's traits: each lengthens the answer by exp(loading · trait). `error` is the standard
    deviation of what is left, of the logarithm of the tokens: 95 of 100 answers are within exp(1.96 · error).
    """

    __pydantic_config__ = {"extra": "forbid"}

    source: Text
    date: date
    status: Status
    verbosity: Annotated[float, Gt(0), Le(1000)]
    loadings: tuple[Annotated[float, Ge(-1000), Le(1000)], ...] = ()
    error: Annotated[float, Ge(0), Le(20)] = 0.0


@dataclass(frozen=True, slots=True)
class Speed:
    """Time to the first token in milliseconds, then tokens a second."""

    __pydantic_config__ = {"extra": "forbid"}

    source: Text
    date: date
    status: Status
    first_token_ms: Annotated[float, Ge(0)]
    tokens_per_second: Annotated[float, Gt(0)]


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """How a family's tokens are counted.

    `encoding` is one of tiktoken's, or `characters` where these are what is paid for; `relative` says, by language, how
    many tokens this family needs for one token of the reference encoding, which is how prompts are compared before the
    bill. Where `exact` is false, the bill too is `relative` times the reference count, and says so.
    """

    __pydantic_config__ = {"extra": "forbid"}

    source: Text
    date: date
    status: Status
    encoding: Literal["o200k_base", "cl100k_base", "characters"]
    exact: bool
    relative: Mapping[str, Annotated[float, Gt(0), Le(10)]]


@dataclass(frozen=True, slots=True)
class Parameters:
    """Where a model's backend differs from OpenAI's API: what it refuses is left out, and said so in the receipt.

    `max_tokens` is its name for the limit on output, `developer` the role that it knows instead of that one.
    """

    __pydantic_config__ = {"extra": "forbid"}

    source: Text
    date: date
    drops: tuple[Text, ...] = ()
    max_tokens: Literal["max_tokens", "max_completion_tokens"] | None = None
    developer: Literal["system"] | None = None

    @property
    def limitless(self) -> bool:
        """Whether a client's limit on output never reaches the backend, so that an answer may be as long as any."""
        return {"max_tokens", "max_completion_tokens"}.issubset(self.drops)


@dataclass(frozen=True, slots=True)
class PromptCache:
    """What a backend keeps of prompts: one that begins with `least_tokens` or more of another's is cheaper so far.

    It is kept for `seconds` after it was last used.
    """

    __pydantic_config__ = {"extra": "forbid"}

    source: Text
    date: date
    status: Status
    least_tokens: Count
    seconds: Annotated[int, Gt(0), Le(86_400)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A row of the catalog: something that can answer. Sizes are in tokens; `verbosity` scales expected output.

    `dimensions` is the length of the vectors that a model of embeddings makes. `labels` are the operator's own words,
    such as `zdr` for zero data retention, by which policies may name it. `lengths` are what a fit learned of its
    answers. From the day on that it `retires` it answers nobody, and who names it is answered by its `successor`.
    """

    __pydantic_config__ = {"extra": "forbid"}

    id: Text
    name: Text
    owner: Text
    family: Text
    version: Text
    provider: Text
    released: date
    tokenizer: Text
    context: Count
    max_output: Count
    capabilities: tuple[Capability, ...]
    regions: Annotated[tuple[Text, ...], MinLen(1)]
    abilities: Abilities
    speed: Speed
    verbosity: Annotated[float, Gt(0), Le(10)]
    stand_in: bool
    source: Text
    date: date
    status: Status
    note: str = ""
    parameters: Parameters | None = None
    dimensions: Count | None = None
    prompt_cache: PromptCache | None = None
    labels: tuple[Text, ...] = ()
    retires: datetime.date | None = None
    successor: Text | None = None
    lengths: AnswerLengths | None = None

    def is_retired(self, day: int) -> bool:
        """Whether it answers nobody any more on a day, which is told by its ordinal."""
        return self.retires is not None and day >= self.retires.toordinal()
