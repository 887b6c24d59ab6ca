"""Ramps as they are written become ramps as they move: between models that exist, under names of their own."""

from router.asking import nearest
from router.config.compiling import condition
from router.config.fit import Fit
from router.config.written import RampsFile
from router.types import Ramp

FILE = "ramps.yaml"


def ramps(file: RampsFile, fit: Fit) -> tuple[Ramp, ...]:
    """Every ramp; faults are collected in the fit."""
    fit.unique([ramp.name for ramp in file.ramps], FILE, ("ramps",), "ramps")
    for position, ramp in enumerate(file.ramps):
        path = ("ramps", position)
        if ramp.substitute == ramp.original:
            fit.fault(FILE, (*path, "substitute"), "a ramp must lead to another model", code="taken-name")
        for key, model in (("original", ramp.original), ("substitute", ramp.substitute)):
            if model not in fit.models:
                fit.fault(FILE, (*path, key), f"no model is called {model!r}.", nearest(model, fit.models))
    return tuple(
        Ramp(r.name, r.because, r.original, r.substitute, r.share, r.holdback, condition(r.when)) for r in file.ramps
    )
