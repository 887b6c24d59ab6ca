"""The providers that LiteLLM knows by a prefix, and by which adapter and at which address each is asked here."""

import re
from dataclasses import dataclass
from typing import Literal

from router.migration.word_lists import words

OPENAI_NAME = re.compile(r"(gpt-|chatgpt-|o[134](-|$)|text-embedding-|dall-e|tts-1|whisper-|omni-moderation)")


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where models of a prefix are. Without an address the file must have one.

    `keys` are the variables that LiteLLM reads where no key is written, `version_path` is added to an address that
    lacks it.
    """

    address: str | None
    keys: tuple[str, ...] = ()
    adapter: Literal["openai", "anthropic"] = "openai"
    kind: str = "compatible"
    version_path: bool = False


OPENAI = Upstream("https://api.openai.com/v1", ("OPENAI_API_KEY",), kind="openai")
ANTHROPIC = Upstream("https://api.anthropic.com/v1", ("ANTHROPIC_API_KEY",), "anthropic", version_path=True)
OLLAMA = Upstream("http://localhost:11434/v1", version_path=True)
AZURE = Upstream(None, ("AZURE_API_KEY",), kind="azure")
_OWN = Upstream(None)

UPSTREAMS: dict[str, Upstream] = {
    "openai": OPENAI,
    "anthropic": ANTHROPIC,
    "azure": AZURE,
    "azure_ai": Upstream(None, ("AZURE_AI_API_KEY",)),
    "ollama": OLLAMA,
    "ollama_chat": OLLAMA,
    "hosted_vllm": Upstream(None, ("HOSTED_VLLM_API_KEY",), kind="vllm"),
    "vllm": Upstream(None, kind="vllm"),
    "lm_studio": Upstream("http://localhost:1234/v1", ("LM_STUDIO_API_KEY",)),
    "llamafile": Upstream("http://127.0.0.1:8080/v1"),
    "docker_model_runner": Upstream("http://localhost:12434/engines/llama.cpp/v1"),
    "xinference": _OWN,
    "openai_like": _OWN,
    "custom_openai": _OWN,
    "litellm_proxy": Upstream(None, ("LITELLM_PROXY_API_KEY",)),
    "databricks": Upstream(None, ("DATABRICKS_API_KEY",)),
    "openrouter": Upstream("https://openrouter.ai/api/v1", ("OPENROUTER_API_KEY",), kind="openrouter"),
    "gemini": Upstream("https://generativelanguage.googleapis.com/v1beta/openai", ("GEMINI_API_KEY",)),
    "groq": Upstream("https://api.groq.com/openai/v1", ("GROQ_API_KEY",)),
    "mistral": Upstream("https://api.mistral.ai/v1", ("MISTRAL_API_KEY",)),
    "codestral": Upstream("https://codestral.mistral.ai/v1", ("CODESTRAL_API_KEY",)),
    "deepseek": Upstream("https://api.deepseek.com/v1", ("DEEPSEEK_API_KEY",)),
    "xai": Upstream("https://api.x.ai/v1", ("XAI_API_KEY",)),
    "together_ai": Upstream("https://api.together.xyz/v1", ("TOGETHERAI_API_KEY",)),
    "fireworks_ai": Upstream("https://api.fireworks.ai/inference/v1", ("FIREWORKS_API_KEY",)),
    "deepinfra": Upstream("https://api.deepinfra.com/v1/openai", ("DEEPINFRA_API_KEY",)),
    "cerebras": Upstream("https://api.cerebras.ai/v1", ("CEREBRAS_API_KEY",)),
    "sambanova": Upstream("https://api.sambanova.ai/v1", ("SAMBANOVA_API_KEY",)),
    "nvidia_nim": Upstream("https://integrate.api.nvidia.com/v1", ("NVIDIA_NIM_API_KEY",)),
    "perplexity": Upstream("https://api.perplexity.ai", ("PERPLEXITYAI_API_KEY",)),
    "moonshot": Upstream("https://api.moonshot.ai/v1", ("MOONSHOT_API_KEY",)),
    "dashscope": Upstream("https://dashscope-intl.aliyuncs.com/compatible-mode/v1", ("DASHSCOPE_API_KEY",)),
    "zai": Upstream("https://api.z.ai/api/paas/v4", ("ZAI_API_KEY",)),
    "cohere": Upstream("https://api.cohere.ai/compatibility/v1", ("COHERE_API_KEY",)),
    "cohere_chat": Upstream("https://api.cohere.ai/compatibility/v1", ("COHERE_API_KEY",)),
    "huggingface": Upstream("https://router.huggingface.co/v1", ("HF_TOKEN",)),
    "novita": Upstream("https://api.novita.ai/v3/openai", ("NOVITA_API_KEY",)),
    "hyperbolic": Upstream("https://api.hyperbolic.xyz/v1", ("HYPERBOLIC_API_KEY",)),
    "nebius": Upstream("https://api.studio.nebius.ai/v1", ("NEBIUS_API_KEY",)),
    "featherless_ai": Upstream("https://api.featherless.ai/v1", ("FEATHERLESS_AI_API_KEY",)),
    "meta_llama": Upstream("https://api.llama.com/compat/v1", ("LLAMA_API_KEY",)),
    "vercel_ai_gateway": Upstream("https://ai-gateway.vercel.sh/v1", ("VERCEL_AI_GATEWAY_API_KEY",)),
    "voyage": Upstream("https://api.voyageai.com/v1", ("VOYAGE_API_KEY",)),
    "jina_ai": Upstream("https://api.jina.ai/v1", ("JINA_AI_API_KEY",)),
}

_SIGNED = "its requests are signed, and there is no adapter that signs them"
_OWN_API = "it has an API of its own, and there is no adapter for it"
WITHOUT_ADAPTER: dict[str, str] = {
    **dict.fromkeys(("bedrock", "bedrock_converse", "sagemaker", "sagemaker_chat"), _SIGNED),
    **dict.fromkeys(("vertex_ai", "vertex_ai_beta", "oci", "watsonx", "watsonx_text"), _SIGNED),
    **dict.fromkeys(
        words(
            "elevenlabs deepgram assemblyai infinity replicate snowflake cloudflare aleph_alpha "
            "nlp_cloud petals predibase "
            "triton clarifai gigachat stability recraft fal_ai runwayml topaz aiml github_copilot chatgpt palm ai21 "
            "baseten maritalk langgraph dify bytez heroku milvus aws_polly cartesia"
        ),
        _OWN_API,
    ),
    **dict.fromkeys(
        words("text-completion-openai text-completion-codestral azure_text openai_text"),
        "plain text completion has no route here; a chat model of the same provider has",
    ),
    "auto_router": "it chooses by a router of LiteLLM's own; write a policy with rules instead",
    "custom_handler": "it is Python of your own; write a provider plug-in instead",
}


def split(model: str) -> tuple[str | None, str]:
    """The prefix of an upstream name, where it is one that LiteLLM knows, and the name behind it."""
    prefix, slash, rest = model.partition("/")
    if slash and rest and (prefix in UPSTREAMS or prefix in WITHOUT_ADAPTER):
        return prefix, rest
    return None, model


def guess(model: str) -> str | None:
    """The prefix that LiteLLM takes for a name without one."""
    if OPENAI_NAME.match(model):
        return "openai"
    return "anthropic" if model.startswith("claude-") else None
