"""What an API key grants, made ready for the configuration in force; and who changes something, how, and why.

Invariant: what is None is no limit; what is there is one, an empty tuple too. No secret stands in any of these.
"""

from dataclasses import dataclass
from typing import Literal

from router.types.policies import Budget
from router.types.words import Consent, Disclosure, Models

Via = Literal["command", "http", "file", "policy"]


@dataclass(frozen=True, slots=True)
class Permit:
    """What a key permits, as far as a decision depends on it. `models` are ids, expanded when the request came.

    `consent` is the widest that its requests may give. Where the house's default policy is not among `policies`, the
    first of them is the default of this key.
    """

    models: Models | None = None
    policies: tuple[str, ...] | None = None
    consent: Consent | None = None
    disclosure: Disclosure | None = None


@dataclass(frozen=True, slots=True)
class Rates:
    """How fast a key may ask: in any minute over all servers, and at once at each of them."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    in_flight: int | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """A key that was presented and holds: its name, for whom it speaks, and all that it grants.

    `tags` are bound to it: they are those of each of its requests, whatever these say.
    """

    key: str
    team: str | None = None
    residency: str | None = None
    permit: Permit | None = None
    budgets: tuple[Budget, ...] = ()
    rates: Rates = Rates()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Author:
    """Who orders a change, by which way, and why; nobody, where what changes does so by itself."""

    by: str = ""
    via: Via = "policy"
    because: str = ""
