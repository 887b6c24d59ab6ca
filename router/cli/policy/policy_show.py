"""`fungible policy show`: the policies of a version, as written or spelled out, and what of them is for a time."""

import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console

from router.cli.policy_versions import find_version
from router.config.load import POLICIES
from router.errors import NotFound
from router.ledger.location import Place
from router.policy.expand import spelled_out
from router.policy.temporary_parts import temporary
from router.types import MINUTES_A_DAY, Config


def run(version: str, folder: Path | None, place: Place, *, resolved: bool) -> None:
    """Print YAML."""
    selected = find_version(version, folder, place)
    _show_temporary(selected.config)
    if resolved:
        names = (selected.policy,) if selected.policy else tuple(selected.config.policies)
        sys.stdout.write(spelled_out(selected.config, names))
        return
    text = selected.config.texts.get(POLICIES)
    if text is None:
        raise NotFound(f"The words of {version!r} were not kept; --resolved spells out what they meant.")
    sys.stdout.write(text)


def _show_temporary(config: Config) -> None:
    """What begins or ends by itself, beside the YAML, so that this can still be written to a file."""
    local = datetime.now(ZoneInfo(config.timezone))
    moment = MINUTES_A_DAY * local.toordinal() + 60 * local.hour + local.minute
    parts = temporary(config, moment)
    if parts:
        console = Console(stderr=True, highlight=False, soft_wrap=True)
        console.print(f"For a time ({config.timezone}):")
        for part in parts:
            console.print(f"  {part.sentence}", markup=False)
