"""Models, features and calls for the providers' tests; each call of a function gives a fresh, complete value."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from importlib.metadata import entry_points
from typing import Any

from router.types import (
    Abilities,
    Call,
    ChatRequest,
    Chunk,
    Features,
    FunctionSpec,
    Message,
    Model,
    Provider,
    Speed,
    Tool,
)

DAY = date(2025, 9, 1)
ADAPTERS = sorted(entry_points(group="fungible.providers"), key=lambda entry: entry.name)
WEATHER = Tool(
    "function",
    FunctionSpec(
        "get_weather",
        "Current weather of a city",
        {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"enum": ["celsius", "fahrenheit"]}},
            "required": ["city", "unit"],
            "additionalProperties": False,
        },
    ),
)
LIGHTS = Tool("function", FunctionSpec("switch_lights", "조명 끄기", None))


def adapter(name: str, settings: Mapping[str, Any] | None = None) -> Provider:
    (entry,) = [entry for entry in ADAPTERS if entry.name == name]
    provider: Provider = entry.load()(settings or {})
    return provider


def model(model_id: str = "mai-1", abilities: Mapping[Any, float] | None = None, **changes: Any) -> Model:
    speed = Speed("test", DAY, "assumed", first_token_ms=50, tokens_per_second=1_000)
    row = Model(
        id=model_id,
        name="MAI-1",
        owner="Microsoft",
        family="MAI",
        version="1",
        provider="mai",
        released=DAY,
        tokenizer="o200k",
        context=128_000,
        max_output=16_000,
        capabilities=("tools", "json"),
        regions=("any",),
        abilities=Abilities("test", DAY, "assumed", abilities or {}),
        speed=speed,
        verbosity=1.0,
        stand_in=False,
        source="test",
        date=DAY,
        status="assumed",
    )
    return replace(row, **changes)


def features(**changes: Any) -> Features:
    row = Features(
        task="chat",
        task_probability=0.9,
        difficulty=0.0,
        difficulty_error=0.5,
        language="en",
        input_tokens=10,
        input_tokens_error=0.0,
        output_tokens=100,
        output_limit=0,
        choices=1,
        needs=(),
    )
    return replace(row, **changes)


def call(
    text: str = "Why is the sky blue?", *, of: Model | None = None, read: Features | None = None, **ask: Any
) -> Call:
    messages = ask.pop("messages", (Message("user", text),))
    return Call(ChatRequest(model="any", messages=messages, **ask), of or model(), read or features())


def chunks(provider: Provider, asked: Call) -> list[Chunk]:
    async def collect() -> list[Chunk]:
        try:
            return [chunk async for chunk in provider.stream(asked)]
        finally:
            await close(provider)

    return asyncio.run(collect())


async def close(provider: Provider) -> None:
    if (aclose := getattr(provider, "aclose", None)) is not None:
        await aclose()


def text(chunks: list[Chunk], index: int = 0) -> str:
    return "".join(chunk.text for chunk in chunks if chunk.index == index)


def arguments(chunks: list[Chunk]) -> str:
    return "".join(chunk.tool_call.arguments for chunk in chunks if chunk.tool_call)


def finish(chunks: list[Chunk], index: int = 0) -> str | None:
    (reason,) = [chunk.finish_reason for chunk in chunks if chunk.index == index and chunk.finish_reason]
    return reason
