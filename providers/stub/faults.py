"""Failures on purpose: which requests fail, and how.

Invariant: the same model, prompt and seed fail in the same way each time, and a rate of 0 never does.
"""

from providers.stub.settings import Fault, Faults
from providers.stub.skill import draw, falls_below
from router.errors import ProviderError


def fault_for(faults: Faults, model: str, prompt_mark: str, seed: int | None) -> Fault | None:
    """The outcome that this request is to meet, or None for an answer."""
    if not falls_below(draw("fault", model, prompt_mark, str(seed)), faults.rate):
        return None
    if faults.after_chunks:
        return "cut_off"
    return faults.outcomes[draw("outcome", model, prompt_mark, str(seed)) % len(faults.outcomes)]


def failure(model: str, fault: Fault) -> ProviderError:
    """The error that a provider raises for it."""
    message = f"the stub of {model} was told to fail with {fault}"
    return ProviderError(fault, message, retry_after=1 if fault == "rate_limited" else None, code="simulated")
