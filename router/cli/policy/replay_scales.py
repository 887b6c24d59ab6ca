"""Says when a replay would lay abilities of one reader's scale against difficulties of another's."""

from pathlib import Path

from router.policy.replay.request_columns import Requests
from router.types import Config

WORDLESS = (
    "The ledger keeps no words, so --reader has nothing to read again, and each request counts as it was read when it "
    "came. To replay with another reader, give prompts: --log FILE."
)


def wordless(reader: Path | None, log: str) -> str:
    """A sentence where a reader was named for a log that holds no words; else nothing."""
    return WORDLESS if reader is not None and log == "ledger" else ""


def scales_warning(requests: Requests, config: Config, log: str) -> str:
    """A sentence where abilities belong to a fitted reader that did not read the log, or the other way; else nothing.

    Loadings and traits belong together: a fit gives every model as many loadings as it reads traits.
    """
    return traits_warning(requests.traits.shape[1], config, log)


def traits_warning(traits: int, config: Config, log: str) -> str:
    """The same for a log that was read with so many traits."""
    counts = {len(model.abilities.loadings) for model in config.models}
    fitted = max(counts, default=0)
    if len(counts) > 1:
        names = ", ".join(model.id for model in config.models if len(model.abilities.loadings) != fitted)
        return f"The abilities of {names} are not of the fit that the other models' are of: compare none with another."
    if fitted == traits:
        return ""
    read = "the shipped reader" if traits == 0 else f"a fit with {traits} traits"
    right = "replay prompts with --log FILE and --reader" if log == "ledger" else "give the fit with --reader"
    return f"The abilities are of a fit with {fitted} traits, and the log was read by {read}: {right}."
