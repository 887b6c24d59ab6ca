"""What a key grants, in words."""

from router.config.key_grants import GrantWritten


def granted(grant: GrantWritten) -> str:
    """Everything that is limited, or that everything is granted."""
    parts = [
        f"for {grant.team}" if grant.team else "",
        f"data from {grant.residency}" if grant.residency else "",
        f"tags {', '.join(grant.tags)}" if grant.tags else "",
        f"models {', '.join(grant.models)}" if grant.models else "",
        f"policies {', '.join(grant.policies)}" if grant.policies else "",
        f"consent {grant.consent}" if grant.consent else "",
        f"disclosure {grant.disclosure}" if grant.disclosure else "",
        limits(grant),
        f"until {grant.expires:%Y-%m-%d %H:%M %Z}" if grant.expires else "",
    ]
    return "; ".join(filter(None, parts)) or "every model and policy, without limits"


def limits(grant: GrantWritten) -> str:
    """How much, and how fast."""
    rates = [
        (grant.requests_per_minute, "requests a minute"),
        (grant.tokens_per_minute, "tokens a minute"),
        (grant.in_flight, "at once"),
    ]
    return ", ".join([*(f"{most:,} {what}" for most, what in rates if most), *(grant.budgets or ())])
