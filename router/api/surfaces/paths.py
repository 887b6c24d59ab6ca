"""Where each surface is found."""

from router.api.endpoint import Endpoint
from router.api.surfaces.chat import ChatCompletions
from router.api.surfaces.embeddings import Embeddings
from router.api.surfaces.messages.failing import MESSAGES
from router.api.surfaces.messages.surface import Messages, TokenCount
from router.api.surfaces.responses.surface import Responses
from router.api.surfaces.speech import Speech
from router.service import Service

CHAT = "/v1/chat/completions"
RESPONSES = "/v1/responses"
EMBEDDINGS = "/v1/embeddings"
SPEECH = "/v1/audio/speech"
COUNT_TOKENS = f"{MESSAGES}/count_tokens"


def endpoints(service: Service) -> dict[str, Endpoint]:
    """Every path that a model answers at, with its endpoint."""
    return {
        CHAT: Endpoint(service, ChatCompletions()),
        RESPONSES: Endpoint(service, Responses()),
        EMBEDDINGS: Endpoint(service, Embeddings()),
        SPEECH: Endpoint(service, Speech()),
        MESSAGES: Endpoint(service, Messages()),
        COUNT_TOKENS: TokenCount(service, Messages()),
    }
