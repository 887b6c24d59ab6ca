"""The options in which a person says what a key grants."""

from typing import Annotated, Any, Literal

import typer

Name = Annotated[str, typer.Argument(help="The key's name: receipts, rules and budgets know it by that, for ever.")]
Because = Annotated[str, typer.Option("--because", help="Why, for the ledger.")]
Team = Annotated[str | None, typer.Option(help="The team it speaks for, in rules and budgets.")]
Residency = Annotated[str | None, typer.Option(help="Where its data is from, for guards.")]
Tags = Annotated[
    list[str] | None,
    typer.Option(help="Tags that each of its requests has, for guards and rules, with commas or again for more."),
]
ConsentWord = Annotated[
    Literal["exact", "family", "owner", "any"] | None,
    typer.Option(help="How far a model may be replaced, unless a request says less; none may say more."),
]
DisclosureWord = Annotated[
    Literal["receipt", "header", "silent"] | None, typer.Option(help="What its answers tell, in place of the policy's.")
]
ModelGlobs = Annotated[
    list[str] | None, typer.Option(help="The models it may use: globs on id, family or owner, with commas or again.")
]
PolicyNames = Annotated[
    list[str] | None,
    typer.Option(help="The policies it may use; the first is its default where the house's is not among them."),
]
RequestsPerMinute = Annotated[int | None, typer.Option(min=1, help="Requests in any minute, over all servers.")]
TokensPerMinute = Annotated[int | None, typer.Option(min=1, help="Tokens in any minute, over all servers.")]
InFlight = Annotated[int | None, typer.Option(min=1, help="Requests at once, at each server.")]
Budgets = Annotated[
    list[str] | None, typer.Option(help="Such as '500 USD per month', or '1000 requests per day'; again for more.")
]
Expires = Annotated[
    str | None,
    typer.Option(help="When it ends: a day such as 2027-01-31, a time as in ISO 8601, or a stretch such as '90 days'."),
]
Clear = Annotated[
    list[str] | None, typer.Option(help="A word whose limit is taken away, such as models or expires; again for more.")
]


def grants(
    team: str | None,
    residency: str | None,
    tags: list[str] | None,
    consent: str | None,
    disclosure: str | None,
    models: list[str] | None,
    policies: list[str] | None,
    requests_per_minute: int | None,
    tokens_per_minute: int | None,
    in_flight: int | None,
    budgets: list[str] | None,
    expires: str | None,
) -> dict[str, Any]:
    """What was said, by the words of a grant."""
    return {
        "team": team,
        "residency": residency,
        "tags": _parted(tags),
        "consent": consent,
        "disclosure": disclosure,
        "models": _parted(models),
        "policies": _parted(policies),
        "requests_per_minute": requests_per_minute,
        "tokens_per_minute": tokens_per_minute,
        "in_flight": in_flight,
        "budgets": budgets or None,
        "expires": expires,
    }


def _parted(words: list[str] | None) -> list[str] | None:
    return [part.strip() for word in words for part in word.split(",") if part.strip()] if words else None
