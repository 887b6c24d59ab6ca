"""A house of three models, and policy files in which § marks where a finding must point."""

from datetime import date
from typing import Any

from router.config.files.yaml_source import Source, parse
from router.config.load import build
from router.policy.lint import lint
from router.types import Config

DAY = date(2026, 11, 21)
HEAD = "default: a\npolicies:\n  a: {because: x, band: 0.1}\n"
_FROM: dict[str, Any] = {"source": "a test", "date": "2026-11-01", "status": "assumed"}
_PRICE = {"since": "2026-11-01", "input": 1, "output": 2, "cached_input": 1, "source": "a test", "status": "assumed"}


def _model(name: str, owner: str, family: str, regions: list[str], abilities: dict[str, float]) -> dict[str, Any]:
    return {
        "id": name,
        "name": name.title(),
        "owner": owner,
        "family": family,
        "version": "1",
        "provider": "p",
        "released": "2025-01-01",
        "tokenizer": "t",
        "context": 10_000,
        "max_output": 1_000,
        "capabilities": ["tools"],
        "regions": regions,
        "abilities": {**_FROM, "values": abilities},
        "speed": {**_FROM, "first_token_ms": 100, "tokens_per_second": 80},
        "verbosity": 1.0,
        "stand_in": True,
        **_FROM,
    }


CATALOG: dict[str, Any] = {
    "tokenizers": {"t": {**_FROM, "encoding": "o200k_base", "exact": True, "relative": {"other": 1.0}}},
    "models": [
        _model("big", "Ada", "Fir", ["us"], {"chat": 3, "law": 2, "math": 3}),
        _model("mid", "Bel", "Fir", ["eu"], {"chat": 2, "law": 1, "math": 1}),
        _model("small", "Bel", "Gum", ["eu", "kr"], {"chat": 1}),
    ],
}
PRICES: dict[str, Any] = {"prices": {name: [_PRICE] for name in ("big", "mid", "small")}}


def sources(policies: str, **files: Any) -> dict[str, Source]:
    """The house with this policies.yaml; `catalog`, `prices` and `ramps` may be others."""
    data = {
        "catalog.yaml": files.get("catalog", CATALOG),
        "prices.yaml": files.get("prices", PRICES),
        "ramps.yaml": files.get("ramps", {}),
        "providers.yaml": {"providers": {"p": {"adapter": "p"}}},
    }
    plain = {name: Source(name, value) for name, value in data.items()}
    return {**plain, "policies.yaml": parse(policies.encode(), "policies.yaml")}


def config(policies: str, **files: Any) -> Config:
    """The house with these policies."""
    return build(sources(policies, **files))


def marked(text: str) -> tuple[str, list[str]]:
    """The text without its marks, and where each of them stood."""
    places = [
        f"{line + 1}:{column + 1 - before}"
        for line, row in enumerate(text.split("\n"))
        for before, column in enumerate(place for place, sign in enumerate(row) if sign == "§")
    ]
    return text.replace("§", ""), places


def told_of(text: str) -> list[tuple[str, str]]:
    """The codes that lint tells, each with its `line:column` in policies.yaml."""
    findings = lint(sources(text), DAY, 180)
    assert all(
        finding.sentence.endswith((".", "?")) and finding.suggestion.endswith((".", "?")) for finding in findings
    )
    return [(finding.where.removeprefix("policies.yaml:"), finding.code) for finding in findings]


def expect(text: str, *codes: str) -> None:
    """These codes are told, and no others, each where the text is marked."""
    clean, places = marked(text)
    assert len(places) == len(codes)
    assert sorted(told_of(clean)) == sorted(zip(places, codes, strict=True))
