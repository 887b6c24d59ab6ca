"""The closed sets of words that several of these values share."""

from typing import Literal

Consent = Literal["exact", "family", "owner", "any"]
Optimize = Literal["cost", "latency"]
Disclosure = Literal["receipt", "header", "silent"]
Charge = Literal["served", "asked"]
Unit = Literal["USD", "tokens", "requests"]
Per = Literal["hour", "day", "month"]
Each = Literal["key", "team", "model"]
Models = tuple[str, ...]
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
]
FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]
