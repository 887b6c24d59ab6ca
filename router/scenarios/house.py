"""What a scenario needs of the house that serves: handed in, since only the composition root loads providers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from router.ledger import DatabaseLedger
from router.serving.ramps.ramp_controller import RampController
from router.serving.service import Service
from router.types import Config, Judge, Provider, Reader


class Assemble(Protocol):
    """Puts a service together over a ledger."""

    def __call__(self, config: Config, ledger: DatabaseLedger, *, reader: Reader, salt: bytes) -> Service:
        """The service; raises ConfigError."""


@dataclass(frozen=True, slots=True)
class House:
    """The parts from which a service is put together; `is_right` tells of a prompt and an answer what stubs know."""

    assemble: Assemble
    govern: Callable[[Service, DatabaseLedger], RampController]
    load_providers: Callable[[Config], Mapping[str, Provider]]
    load_judges: Callable[[Config, Mapping[str, Provider], Reader], Mapping[str, Judge]]
    reader: Callable[[], Reader]
    is_right: Callable[[str, str], bool]
