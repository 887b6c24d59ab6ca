"""Takes out of a backend's words what names its account: organisations, projects and keys."""

import re

_GONE = "…"
_NAMES = re.compile(
    # OpenAI's "in organization org-x", with the words before it, and its projects.
    r"(?P<lead> (?:in|for|of|on) (?:the )?(?:your )?(?:organi[sz]ation|project|account|workspace|tenant)"
    r"(?: (?:id|named))?:? [`'\"]?(?:org|proj|ws|acct)[-_][\w-]+[`'\"]?)"
    r"|\b(?:org|proj|acct|ws)[-_](?=\w*\d|[A-Za-z]{16})[\w-]{4,}"
    # Keys, whole or with stars in the middle.
    r"|\b(?:sk|pk|rk|gsk|xai|hf|pplx|nvapi|fw|r8|tgp|csk|key)[-_][\w*.-]{4,}"
    r"|\bAIza[\w-]{8,}|\bBearer [\w.~+/*-]{6,}=*|\b[0-9a-f]{32,64}\b",
)


def without_names(text: str) -> str:
    """The text without them."""
    return _NAMES.sub(lambda name: "" if name["lead"] else _GONE, text)
