"""What a call of a deployment needs to know of the request that it is made for."""

from dataclasses import dataclass

from router.decision.receipt import Exchange
from router.serving.active_config import ActiveConfig
from router.serving.budget_holds import BudgetHolds
from router.serving.deployments.deployment_pool import DeploymentPool
from router.serving.request_trace import RequestTrace
from router.serving.thought_origins import ThoughtOrigins
from router.types import ChatRequest


@dataclass(frozen=True, slots=True)
class CallContext:
    """The request behind a call, the configuration that it began under, its budgets, and who watches it."""

    active: ActiveConfig
    pool: DeploymentPool
    request: ChatRequest
    exchange: Exchange
    budget_holds: BudgetHolds
    thoughts: ThoughtOrigins
    request_trace: RequestTrace | None = None

    @property
    def expected_tokens(self) -> int:
        """The tokens that the request is expected to take, in and out, over all of its choices."""
        features = self.exchange.features
        return features.input_tokens + features.output_tokens * features.choices
