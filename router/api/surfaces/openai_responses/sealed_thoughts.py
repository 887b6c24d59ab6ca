"""What a backend signed or hid of its thoughts, as the opaque `encrypted_content` of a reasoning item, and back.

Invariant: what is given out comes back as it was, for the backend that it came from; what is another's, or was changed
beyond reading, is nothing.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

INCLUDE = "reasoning.encrypted_content"
_PREFIX = "fungible1."
_MOST_BLOCKS = 64


def wants_sealed(body: Mapping[str, Any]) -> bool:
    """Whether a client asks for them."""
    return INCLUDE in (body.get("include") or ())


def sealed(blocks: Sequence[Mapping[str, Any]]) -> str:
    """Blocks of thinking as one text."""
    return _PREFIX + urlsafe_b64encode(orjson.dumps(blocks)).decode()


def unsealed(text: object) -> list[dict[str, Any]]:
    """The blocks of a text that was made here; none of any other."""
    if not isinstance(text, str) or not text.startswith(_PREFIX):
        return []
    try:
        blocks = orjson.loads(urlsafe_b64decode(text.removeprefix(_PREFIX)))
    except (ValueError, binascii.Error):
        return []
    whole = (
        isinstance(blocks, list) and len(blocks) <= _MOST_BLOCKS and all(isinstance(block, dict) for block in blocks)
    )
    return blocks if whole else []
