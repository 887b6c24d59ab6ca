"""The name of a configuration: a hash of its documents.

Invariant: equal documents have equal revisions, whatever the order of their keys.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson


def revision(documents: Mapping[str, Any]) -> str:
    """Twelve hex digits of the SHA-256 of the documents as sorted JSON."""
    return sha256(orjson.dumps(documents, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]
