"""What comes with a request beside its body: who asks, and what its headers and its key say."""

from typing import NamedTuple

from router.decision.routing_controls import RoutingControls
from router.serving.cached_answers.cache_use import DEFAULT_USE, CacheUse
from router.serving.request_trace import RequestTrace
from router.serving.work.heavy_work import SMALL
from router.types import NOBODY, Access, Budget, Caller, Consent


class RequestContext(NamedTuple):
    """What came with a request beside its body; `access` is what its key grants, where keys are asked for.

    `notes` say what of the body can't be honoured: they are kept in the receipt. `request_trace` is there where
    a log or a tracer watches. `body_bytes` is the size of the body; 0 where there was none. `controls` are those of its
    routing, where it has any. `cache_use` says what the client lets a cache of answers do.
    """

    request_id: str
    consent: Consent | None = None
    policy: str | None = None
    unit: str | None = None
    caller: Caller = NOBODY
    access: Access | None = None
    notes: tuple[str, ...] = ()
    request_trace: RequestTrace | None = None
    body_bytes: int = 0
    controls: RoutingControls | None = None
    cache_use: CacheUse = DEFAULT_USE

    @property
    def large(self) -> bool:
        """Whether reading it would hold up other requests."""
        return self.body_bytes > SMALL

    @property
    def budgets(self) -> tuple[Budget, ...]:
        """The budgets of the key alone."""
        return self.access.budgets if self.access else ()
