"""Backends that say that another model answered than they were asked for: noted, or not taken, as providers.yaml says.

Invariant: what a backend says is looked at before a word of its answer goes out; a dated version is no other model.
"""

import logging
from collections.abc import Iterable

from router.decision.names.served_name import same_name
from router.errors import ProviderError
from router.serving.active_config import ActiveConfig

NOTE = "upstream_model:"
CODE = "other_model"
log = logging.getLogger("fungible")


def other_model(active: ActiveConfig, model: str, provider: str, notes: Iterable[str]) -> str | None:
    """The other model that notes of an answer name, if they name one."""
    names = {model, _upstream(active, model, provider)}
    said = (note.removeprefix(NOTE) for note in notes if note.startswith(NOTE))
    return next((name for name in said if not any(same_name(own, name) for own in names)), None)


def refuse_swapped(active: ActiveConfig, model: str, provider: str) -> None:
    """Another model answered: log it; raises ProviderError where the provider's row says that it may not."""
    row = active.config.providers.get(provider)
    on_swap = row.on_swap if row else "note"
    log.warning("the backend of %s says that another model answered than %s; on_swap: %s", provider, model, on_swap)
    if on_swap != "note":
        raise ProviderError("unavailable", f"the backend says that another model answered than {model}", code=CODE)


def ejects(active: ActiveConfig, provider: str, why: BaseException | None) -> bool:
    """Whether a call failed since another model answered, and its deployment is to be left alone for that."""
    row = active.config.providers.get(provider)
    swapped = isinstance(why, ProviderError) and why.code == CODE
    return swapped and row is not None and row.on_swap == "eject"


def _upstream(active: ActiveConfig, model: str, provider: str) -> str:
    row = active.config.providers.get(provider)
    names = row.settings.get("models") if row else None
    return str(names.get(model, model)) if isinstance(names, dict) else model
