"""The closed sets of words that several of these values share."""

from typing import Literal

Consent = Literal["exact", "family", "owner", "any"]
Optimize = Literal["cost", "latency"]
Disclosure = Literal["receipt", "header", "silent"]
Charge = Literal["served", "asked"]
Unit = Literal["USD", "tokens", "requests"]
Per = Literal["hour", "day", "week", "month", "24 hours", "7 days", "30 days"]
Apart = Literal["owner", "provider"]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
Otherwise = Literal["deny", "serve"]
Each = Literal["key", "team", "user", "tag", "model", "owner", "family", "provider"]
Models = tuple[str, ...]
Ranks = tuple[Models, ...]
Outcome = Literal[
    "ok",
    "timeout",
    "rate_limited",
    "unavailable",
    "rejected",
    "content_filter",
    "cut_off",
    "client_left",
    "budget",
    "overtaken",
    "stopped",
]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]
