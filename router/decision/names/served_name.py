"""Whether the name that an answer comes under is that of the model that was asked for.

Invariant: a dated version is that model, and a vendor's prefix says nothing; whatever else differs is another.
"""

import re

_DATED = re.compile(r"[-@:](\d{4}-?\d{2}-?\d{2}|\d{4}|latest|preview)$")


def same_name(asked: str, said: str) -> bool:
    """Whether both name one model."""
    plain = [_DATED.sub("", name.lower().rsplit("/", 1)[-1]) for name in (asked, said)]
    return plain[0] == plain[1]
