"""What a model can be asked for: words, vectors or a voice; and who made it, by its name."""

import re
from typing import Literal

from router.migration.litellm.rows.upstreams import split

Kind = Literal["chat", "embeddings", "speech"]
MODES: dict[str, Kind] = {"chat": "chat", "embedding": "embeddings", "audio_speech": "speech"}
WITHOUT_ROUTE = {
    "completion": "plain text completion",
    "responses": "a backend that has only the Responses API",
    "image_generation": "making images",
    "image_edit": "editing images",
    "audio_transcription": "transcribing speech",
    "rerank": "reranking",
    "moderation": "moderation",
    "moderations": "moderation",
    "realtime": "realtime sound",
    "video_generation": "making videos",
    "ocr": "reading scanned pages",
    "search": "web search",
    "vector_store": "vector stores",
}
_BY_NAME: tuple[tuple[str, str], ...] = (
    ("dall-e|gpt-image|imagen|stable-diffusion|sdxl|flux[.-]|image-generation", "image_generation"),
    ("whisper|transcribe|parakeet", "audio_transcription"),
    ("rerank", "rerank"),
    ("moderation", "moderation"),
    ("realtime", "realtime"),
    ("sora|veo-", "video_generation"),
    ("turbo-instruct|davinci|babbage", "completion"),
    ("deep-research|computer-use", "responses"),
    (r"embed|(^|[/_-])(bge|e5|gte|minilm|nomic-bert|voyage)[-_]", "embedding"),
    (r"(^|[/_-])tts([-_]|$)|kokoro|orpheus", "audio_speech"),
)
_MAKERS: tuple[tuple[str, str, str], ...] = (
    (r"gpt-|chatgpt|^o[134](-|$)|text-embedding-(3|ada)|tts-1|codex", "OpenAI", "GPT"),
    (r"claude", "Anthropic", "Claude"),
    (r"gemini", "Google", "Gemini"),
    (r"gemma", "Google", "Gemma"),
    (r"deepseek", "DeepSeek", "DeepSeek"),
    (r"llama", "Meta", "Llama"),
    (r"mi[sx]tral|codestral|devstral|magistral|pixtral|voxtral", "Mistral AI", "Mistral"),
    (r"qwen|qwq", "Alibaba", "Qwen"),
    (r"phi-", "Microsoft", "Phi"),
    (r"mai-", "Microsoft", "MAI"),
    (r"grok", "xAI", "Grok"),
    (r"command-|embed-(english|multilingual)", "Cohere", "Command"),
    (r"kimi|moonshot", "Moonshot AI", "Kimi"),
    (r"glm-", "Z.ai", "GLM"),
    (r"sonar", "Perplexity", "Sonar"),
    (r"nova-", "Amazon", "Nova"),
)
_REGION = re.compile(r"^(eu|us|us-gov|apac|jp|au|ca|global)\.")
_VENDOR = re.compile(r"^(anthropic|meta|mistral|amazon|cohere|deepseek|ai21|openai)\.")
_VERSION = re.compile(r"(-v\d+(:\d+)?|@[\w-]+|:\d+|-\d{4}-\d{2}-\d{2}|-\d{8}|-latest)$")


def mode_by_name(model: str) -> str | None:
    """The mode that a model's name gives away, if any."""
    name = model.lower()
    return next((mode for pattern, mode in _BY_NAME if re.search(pattern, name)), None)


def maker(model: str) -> tuple[str, str] | None:
    """Owner and family, by the name."""
    name = identity(model)
    return next(((owner, family) for pattern, owner, family in _MAKERS if re.search(pattern, name)), None)


def identity(model: str) -> str:
    """A model's name without prefix, vendor, region and version: equal for one model in several places."""
    name = split(model)[1].rsplit("/", 1)[-1].lower()
    name = _VENDOR.sub("", _REGION.sub("", name))
    while (shorter := _VERSION.sub("", name)) != name:
        name = shorter
    return re.sub(r"(?<=\d)\.(?=\d)", "-", name)
