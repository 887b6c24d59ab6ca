"""What may stand in the files and come in with a request: catalogs, policies, ramps, features, asks, situations.

Each thing is drawn as a few bytes, a byte for each choice, which is many times as fast as a strategy for each and
shrinks as well. Configurations are read by the real loader, so that no property holds only of values that no file
could give.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar

from hypothesis import strategies as st

from router.config import from_documents
from router.types import Ask, Config, Features, Situation

T = TypeVar("T")

TASKS = ("chat", "coding", "math")
ANYTHING = ["tools", "json", "vision", "audio"]
BANDS = (0.0, 0.01, 0.02, 0.06, 0.1, 0.25, 0.5, 0.9, 1.0)
DAYS = (date(2026, 11, 1), date(2026, 6, 1), date(2025, 1, 1))
SOURCE = {"source": "a test", "date": "2026-11-01", "status": "assumed"}
UNITS = st.text(max_size=12)
SHARES = st.sampled_from(BANDS)


class Genes:
    """Choices, made one after another by the bytes of a text."""

    def __init__(self, text: bytes) -> None:
        self.bytes = iter(text)

    def one(self, options: Sequence[T]) -> T:
        """One of these; the first of them for the byte 0."""
        return options[next(self.bytes) % len(options)]

    def number(self, low: int, high: int) -> int:
        """A number from `low` to `high`."""
        return low + (next(self.bytes) * 256 + next(self.bytes)) % (high - low + 1)

    def some(self, options: Sequence[T]) -> list[T]:
        """At least one of these, in their order."""
        mask = self.number(0, 65_535)
        return [option for place, option in enumerate(options) if mask >> place & 1] or list(options)


def _model(name: str, draw: Genes) -> dict[str, Any]:
    ability = draw.number(-60, 60) / 20
    known = draw.one((TASKS, TASKS, TASKS, TASKS, TASKS[:1]))
    return {
        "id": name,
        "name": name.upper(),
        "owner": draw.one(("Ada", "Bel", "Cy")),
        "family": draw.one(("Fir", "Gum")),
        "version": "1",
        "provider": "p",
        "released": "2025-01-01",
        "tokenizer": draw.one(("same", "more")),
        "context": draw.one((200_000, 5_000, 300)),
        "max_output": draw.one((1_000, 60)),
        "capabilities": draw.one((ANYTHING, ["tools", "json"], ["json"], [])),
        "regions": ["us"],
        "abilities": {**SOURCE, "values": {task: ability - 0.3 * place for place, task in enumerate(known)}},
        "speed": {**SOURCE, "first_token_ms": draw.one((100, 450, 900)), "tokens_per_second": 80},
        "verbosity": draw.one((1.0, 0.8, 1.25)),
        "stand_in": True,
        **SOURCE,
    }


def _prices(draw: Genes) -> list[dict[str, Any]]:
    starts = draw.one((["2025-06-01"], ["2025-06-01", "2026-09-01"]))
    rates = {"cached_input": 0.01, "source": "a test", "status": "assumed"}
    return [
        {"since": since, "input": draw.number(0, 20_000) / 1000, "output": draw.number(0, 20_000) / 1000, **rates}
        for since in starts
    ]


def _rule(place: int, ids: list[str], draw: Genes) -> dict[str, Any]:
    change = draw.one(({"band": 0.2}, {"optimize": "latency"}, {"prefer": ids[:2]}, {"models": ids[1:] or ids}))
    when = draw.one(({}, {"task": ["chat"]}, {"difficulty": ">= 0"}, {"language": ["ko"]}))
    return {"name": f"rule-{place}", "because": "a test", "when": when, "set": change}


def _policy(ids: list[str], draw: Genes, *, rules: bool, prefer: bool) -> dict[str, Any]:
    policy: dict[str, Any] = {"because": "a test", "band": draw.one(BANDS), "optimize": draw.one(("cost", "latency"))}
    if draw.one((0, 0, 0, 1)):
        policy["models"] = draw.some(ids)
    if prefer and draw.one((0, 1)):
        policy["prefer"] = draw.some(ids)
    if draw.one((0, 0, 1)):
        policy["floors"] = {"chat": draw.one(BANDS), "coding": 0.5}
    if rules:
        policy["rules"] = [_rule(place, ids, draw) for place in range(draw.one((0, 1, 2)))]
    return policy


def _ramps(ids: list[str], draw: Genes) -> list[dict[str, Any]]:
    pairs = [(draw.one(ids), draw.one(ids)) for _ in range(draw.one((0, 1, 2, 3, 6)))]
    rest = {"because": "a test", "holdback": 0.1, "when": {"task": ["chat", "coding"]}}
    return [
        {"name": f"r{place}", "original": original, "substitute": substitute, "share": draw.one(BANDS), **rest}
        | {"unit": draw.one(("conversation", "user", "key"))}
        for place, (original, substitute) in enumerate(pairs)
        if original != substitute
    ]


def _config(rows: list[bytes], rest: Genes, *, rules: bool = True, prefer: bool = True, ramps: bool = True) -> Config:
    ids = [f"m{place}" for place in range(len(rows))]
    relative = {"more": {"en": 1.08, "ko": 1.62}, "same": {"other": 1.0}}
    tokenizers = {
        name: {**SOURCE, "encoding": "o200k_base", "exact": True, "relative": factors}
        for name, factors in relative.items()
    }
    row = {name: Genes(text) for name, text in zip(ids, rows, strict=True)}
    models = [_model(name, row[name]) for name in ids]
    policy = _policy(ids, rest, rules=rules, prefer=prefer)
    return from_documents(
        {
            "catalog.yaml": {"tokenizers": tokenizers, "models": models},
            "prices.yaml": {"prices": {name: _prices(row[name]) for name in ids}},
            "policies.yaml": {"default": "p", "policies": {"p": policy}},
            "ramps.yaml": {"ramps": _ramps(ids, rest) if ramps else []},
            "providers.yaml": {"providers": {"p": {"adapter": "p"}}},
        }
    )


def _features(pick: Genes) -> Features:
    return Features(
        task=pick.one(TASKS),
        task_probability=0.5,
        difficulty=pick.number(-60, 60) / 20,
        difficulty_error=1.3,
        language=pick.one(("en", "ko", "other")),
        input_tokens=pick.one((37, 0, 1, 250, 4_000, 150_000)),
        input_tokens_error=0.0,
        output_tokens=pick.one((40, 1, 350)),
        output_limit=pick.one((0, 0, 1, 200)),
        choices=pick.one((1, 2, 3)),
        needs=pick.one(((), (), ("tools",), ("json",), ("json", "vision"))),
    )


def _ask(config: Config, pick: Genes) -> Ask:
    name = pick.one((None, pick.one([model.id for model in config.models])))
    return Ask(
        asked=name or "p",
        policy="p",
        model=name,
        consent=pick.one(("any", "owner", "family", "exact")),
        unit=f"unit-{pick.number(0, 999)}",
    )


def _situation(config: Config, pick: Genes) -> Situation:
    ids = [model.id for model in config.models]
    down = {pick.one(ids) for _ in range(pick.one((0, 0, 1, 2)))}
    return Situation(pick.one((DAYS[0], DAYS[0], DAYS[0], *DAYS)), tuple(sorted(down)))


def cases(**kinds: bool) -> st.SearchStrategy[tuple[Features, Ask, Situation, Config]]:
    """All four arguments of decide(): 1 to 10 models, one policy called `p`, some ramps, and any request.

    `rules`, `prefer` and `ramps` say whether there may be any.
    """

    def build(rows: list[bytes], rest: bytes) -> tuple[Features, Ask, Situation, Config]:
        pick = Genes(rest)
        config = _config(rows, pick, **kinds)
        return _features(pick), _ask(config, pick), _situation(config, pick), config

    row = st.binary(min_size=24, max_size=24)
    return st.builds(build, st.lists(row, min_size=1, max_size=10), st.binary(min_size=96, max_size=96))
