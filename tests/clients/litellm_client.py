"""LiteLLM's calls, in a process of their own, since it leaves loops and sockets open: what came of each, as JSON."""

import json
import sys
from collections.abc import Callable
from typing import Any

import litellm
from pydantic import BaseModel

URL = sys.argv[1]
WORDS = "What is the weather in Seoul?"
ASK = [{"role": "user", "content": WORDS}]
THERE = {"model": "openai/auto", "api_base": f"{URL}/v1", "api_key": "none", "num_retries": 0}
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


class Forecast(BaseModel):
    """The weather in a city."""

    city: str
    degrees: int


def chat() -> Any:
    answer = litellm.completion(messages=ASK, **THERE)
    return {"text": answer.choices[0].message.content, "model": answer.model, "tokens": answer.usage.total_tokens}


def stream() -> Any:
    options = {"stream": True, "stream_options": {"include_usage": True}}
    pieces = list(litellm.completion(messages=ASK, **options, **THERE))
    text = "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices)
    return {"text": text, "pieces": len(pieces), "tokens": pieces[-1].usage.total_tokens}


def tools() -> Any:
    said = litellm.completion(messages=ASK, tools=[TOOL], **THERE).choices[0].message
    (call,) = said.tool_calls
    result = {"role": "tool", "tool_call_id": call.id, "content": "21 degrees"}
    final = litellm.completion(messages=[*ASK, said, result], tools=[TOOL], **THERE)
    return {"arguments": json.loads(call.function.arguments), "text": final.choices[0].message.content}


def form() -> Any:
    answer = litellm.completion(messages=ASK, response_format=Forecast, **THERE)
    return Forecast.model_validate_json(answer.choices[0].message.content).model_dump()


def responses() -> Any:
    answer = litellm.responses(input=WORDS, **THERE)
    kinds = [event.type.value for event in litellm.responses(input=WORDS, stream=True, **THERE)]
    return {"text": answer.output[0].content[0].text, "first": kinds[0], "last": kinds[-1]}


def unknown() -> Any:
    try:
        litellm.completion(messages=ASK, **THERE | {"model": "openai/mai-2"})
    except litellm.NotFoundError as error:
        return str(error)


CALLS: list[Callable[[], Any]] = [chat, stream, tools, form, responses, unknown]
sys.stdout.write(json.dumps({call.__name__: call() for call in CALLS}))
