"""A small configuration in front of given backends: the files, as data."""

from collections.abc import Mapping
from typing import Any

from router.types import TASKS

DAY = "2026-01-01"
# USD per million tokens of input and output, dearer from one model to the next, so that the first is chosen.
PRICES = ((1, 2), (10, 20), (100, 200), (1000, 2000))
Documents = dict[str, Any]


def sample_documents(backends: Mapping[str, str], settings: Mapping[str, Any]) -> Documents:
    """One model for each backend, at its address; all can do the same."""
    known = {"source": "a test", "date": DAY, "status": "assumed"}
    tokenizer = {**known, "encoding": "o200k_base", "exact": True, "relative": {"other": 1.0}}
    priced = {"since": DAY, "source": "a test", "status": "assumed"}
    rates = dict(zip(backends, PRICES, strict=False))
    return {
        "catalog.yaml": {"tokenizers": {"t": tokenizer}, "models": [_model(name, known) for name in backends]},
        "prices.yaml": {
            "prices": {
                name: [{**priced, "input": taken, "output": given, "cached_input": taken / 2}]
                for name, (taken, given) in rates.items()
            }
        },
        "policies.yaml": {"default": "plain", "policies": {"plain": {"because": "a test", "band": 0.02}}},
        "ramps.yaml": {"ramps": []},
        "providers.yaml": {
            "providers": {
                name: {"adapter": "openai", "settings": {"base_url": url, **settings}} for name, url in backends.items()
            }
        },
    }


def _model(name: str, known: Mapping[str, Any]) -> Documents:
    return {
        "id": name,
        "name": name,
        "owner": "Owner",
        "family": "Family",
        "version": "1",
        "provider": name,
        "released": DAY,
        "tokenizer": "t",
        "context": 8_000,
        "max_output": 2_000,
        "capabilities": ["tools", "json", "files"],
        "regions": ["us"],
        "abilities": {**known, "values": dict.fromkeys(TASKS, 2.0)},
        "speed": {**known, "first_token_ms": 10, "tokens_per_second": 100},
        "verbosity": 1.0,
        "stand_in": False,
        **known,
    }
