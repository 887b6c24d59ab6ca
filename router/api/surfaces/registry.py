"""Where each surface is found."""

from router.api.http.endpoint import Endpoint
from router.api.surfaces.anthropic_messages.errors import MESSAGES
from router.api.surfaces.anthropic_messages.surface import Messages, TokenCount
from router.api.surfaces.openai_chat.surface import ChatCompletions
from router.api.surfaces.openai_embeddings import Embeddings
from router.api.surfaces.openai_responses.surface import Responses
from router.api.surfaces.openai_speech import Speech
from router.serving.service import Service

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
