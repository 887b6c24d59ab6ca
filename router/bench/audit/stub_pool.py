"""A pool of the stubs' answers: GPT-5 and MAI-1 on the shipped workload, a seed for each answer."""

import asyncio
from collections.abc import Iterator

from router.api.assembly import load_providers, shipped_reader
from router.bench.audit.answer_pool import Pool, pool_of
from router.config import load
from router.config.files.seed_data import load_workload
from router.decision.features import read
from router.tokens import count
from router.types import Call, ChatRequest, Provider

MODELS = ("gpt-5", "mai-1")
PROMPTS, ANSWERS = 48, 60
MAX_TOKENS = 96


def stub_pool() -> Pool:
    """The pool."""
    return pool_of("stubs", asyncio.run(_rows()))


async def _rows() -> list[tuple[str, str, str]]:
    config, reader = load(), shipped_reader()
    providers = load_providers(config)
    models = [model for model in config.models if model.id in MODELS]
    cases = [case for case in load_workload() if len(case.messages) == 1 and not case.tags]
    rows = []
    for number, case in enumerate(cases[:: len(cases) // PROMPTS][:PROMPTS]):
        for request in _requests(case.messages[-1].text):
            features = read(request, reader, count, [model.context for model in models])
            for model in models:
                call = Call(request, model, features)
                rows.append((f"{number:02}", model.id, await _text(providers[model.provider], call)))
    return rows


def _requests(prompt: str) -> Iterator[ChatRequest]:
    from router.types import Message

    for seed in range(ANSWERS):
        yield ChatRequest("auto", (Message("user", prompt),), seed=seed, max_tokens=MAX_TOKENS)


async def _text(provider: Provider, call: Call) -> str:
    return "".join([chunk.text async for chunk in provider.stream(call)])
