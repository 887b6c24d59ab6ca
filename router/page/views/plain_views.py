"""The page that needs no figures: the door."""

from collections.abc import Mapping
from typing import Any

from router.page.sign_in import own_path
from router.page.visit import Visit


async def sign_in(visit: Visit, _: str) -> tuple[str, Mapping[str, Any]]:
    """The door."""
    return "sign_in.html", {"fault": "", "next": own_path(visit.query.get("next", "/"))}
