"""LiteLLM's classes of errors, in a process of their own: which one came of each call, as JSON."""

import json
import sys
from typing import Any

import litellm

HERE, REFUSING = sys.argv[1:3]
LONG = "word " * 40_000


def raised(url: str, model: str, text: str = "hello", **more: Any) -> str:
    try:
        litellm.completion(
            model, [{"role": "user", "content": text}], api_base=url, api_key="none", num_retries=0, **more
        )
    except Exception as error:  # noqa: BLE001 - its class is what is asked for
        return type(error).__name__
    return "none"


sys.stdout.write(
    json.dumps(
        {
            "too long here": raised(f"{HERE}/v1", "openai/phi-4", LONG),
            "too long there": raised(f"{REFUSING}/v1", "openai/gpt-5"),
            "too long, in Anthropic's words": raised(HERE, "anthropic/phi-4", LONG, max_tokens=99),
            "filtered": raised(f"{REFUSING}/v1", "openai/gpt-5-mini"),
            "quota": raised(f"{REFUSING}/v1", "openai/gpt-5-nano"),
        }
    )
)
