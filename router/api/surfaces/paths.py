"""Where each surface is found."""

from router.api.endpoint import Endpoint
from router.api.surfaces.chat import ChatCompletions
from router.service import Service

CHAT = "/v1/chat/completions"


def endpoints(service: Service) -> dict[str, Endpoint]:
    """Every path that a model answers at, with its endpoint."""
    return {CHAT: Endpoint(service, ChatCompletions())}
