"""`fungible policy show`: the policies of a version, as written or spelled out."""

import sys
from pathlib import Path

from router.cli.policy_versions import find_version
from router.config.load import POLICIES
from router.errors import NotFound
from router.ledger.location import Place
from router.policy.expand import spelled_out


def run(version: str, folder: Path | None, place: Place, *, resolved: bool) -> None:
    """Print YAML."""
    found = find_version(version, folder, place)
    if resolved:
        names = (found.policy,) if found.policy else tuple(found.config.policies)
        sys.stdout.write(spelled_out(found.config, names))
        return
    text = found.config.texts.get(POLICIES)
    if text is None:
        raise NotFound(f"The words of {version!r} were not kept; --resolved spells out what they meant.")
    sys.stdout.write(text)
