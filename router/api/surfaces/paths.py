"""Where each surface is found: OpenAI's paths, the same under Azure's names for them, and Anthropic's.

Invariant: a path of Azure's means what OpenAI's means; its deployment is the name of a model or a policy.
"""

from collections.abc import Mapping

from router.api.endpoint import Endpoint
from router.api.surfaces.chat import ChatCompletions
from router.service import Service

# Azure's newer clients send the model in the body, its older ones in the path; both add `api-version`, which is free.
AZURE = "/openai"
DEPLOYMENTS = f"{AZURE}/deployments/"
# What may be asked of a deployment.
OF_DEPLOYMENTS = ("/chat/completions", "/embeddings", "/audio/speech")
Endpoints = Mapping[str, Endpoint]


def endpoints(service: Service) -> dict[str, Endpoint]:
    """Every path that a model answers at, with its endpoint."""
    of_openai = {"/chat/completions": Endpoint(service, ChatCompletions())}
    return {prefix + path: endpoint for path, endpoint in of_openai.items() for prefix in ("/v1", f"{AZURE}/v1", AZURE)}


def deployment(path: str, found: Endpoints) -> tuple[Endpoint | None, str | None]:
    """The endpoint that a deployment's path means, and the deployment's name; None and None for any other path."""
    for end in OF_DEPLOYMENTS:
        if path.startswith(DEPLOYMENTS) and path.endswith(end) and len(path) > len(DEPLOYMENTS) + len(end):
            return found["/v1" + end], path[len(DEPLOYMENTS) : -len(end)]
    return None, None
