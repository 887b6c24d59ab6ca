"""Where each surface is found."""

from router.api.endpoint import Endpoint
from router.api.surfaces.chat import ChatCompletions
from router.api.surfaces.responses.surface import Responses
from router.service import Service

CHAT = "/v1/chat/completions"
RESPONSES = "/v1/responses"


def endpoints(service: Service) -> dict[str, Endpoint]:
    """Every path that a model answers at, with its endpoint."""
    return {
        CHAT: Endpoint(service, ChatCompletions()),
        RESPONSES: Endpoint(service, Responses()),
    }
