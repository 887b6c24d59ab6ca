"""What a call of a deployment needs to know of the request that it is made for."""

from typing import NamedTuple

from router.decision.receipt import Exchange
from router.serving.active_config import ActiveConfig
from router.serving.budget_holds import BudgetHolds
from router.serving.deployments.deployment_pool import DeploymentPool
from router.serving.request_trace import RequestTrace
from router.serving.thought_origins import ThoughtOrigins
from router.types import ChatRequest


class CallContext(NamedTuple):
    """The request behind a call, the configuration that it began under, its budgets, and who watches it.

    `expected_tokens` are those that the request is expected to take, in and out, over all of its choices.
    """

    active: ActiveConfig
    pool: DeploymentPool
    request: ChatRequest
    exchange: Exchange
    budget_holds: BudgetHolds
    thoughts: ThoughtOrigins
    request_trace: RequestTrace | None
    expected_tokens: int
