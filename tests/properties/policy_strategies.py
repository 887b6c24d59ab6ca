"""What a policy file may hold, with requests that reach every corner of it: many rules, guards, budgets, ramps.

As in `strategies`, each thing is drawn as bytes, and configurations are read by the real loader. A text that is too
short goes on with zeros, the plainest choice.
"""

from collections.abc import Callable
from copy import deepcopy
from itertools import chain, repeat
from typing import Any

from hypothesis import strategies as st

from properties.fact_strategies import TAGS, WORDS, drawn_when, later_facts
from properties.strategies import BANDS, DAYS, SOURCE, TASKS, Genes
from router.config import from_documents
from router.types import Ask, Caller, Config, Features, Permit, Situation, Warm

Request = tuple[Features, Ask, Situation]
LANGUAGES = ("en", "ko", "other")
KEYS, TEAMS, PLACES = ("k1", "k2"), ("red", "blue", "RED"), ("eu", "kr", "EU")
NEEDS = ("tools", "json", "vision")
POLICIES = ("p", "q")
PRICE_CAPS = ({"input": 5}, {"output": "4.5 USD"}, {"input": 8, "output": 8}, {"input": 0})
COST_CAPS = ("0.00004 USD", "0.001 USD", "0.05 USD", "0 USD", "1_000_000 USD")
# What a situation may name as spent, alone or with a model; not all of it exists.
BUDGETS = ("*/h", "p/b", "p/w", "q/w", "*/m", "nobody/x", "p/b at 80 %", "*/h at 110 %", "*/m at 100 %")


class Drawn(Genes):
    """Choices that go on for ever."""

    def __init__(self, text: bytes) -> None:
        super().__init__(text)
        self.bytes = chain(text, repeat(0))  # type: ignore[assignment]

    def often(self, of: int = 3) -> bool:
        """Yes, once in so many times."""
        return self.one(range(of)) == of - 1


def _model(name: str, draw: Drawn) -> dict[str, Any]:
    ability = draw.number(-30, 30) / 10
    known = TASKS if not draw.often(5) else TASKS[:1]
    abilities: dict[str, Any] = {**SOURCE, "values": {task: ability - 0.3 * place for place, task in enumerate(known)}}
    if draw.often():
        abilities["loadings"] = [draw.number(-20, 20) / 10 for _ in range(draw.one((1, 2, 3)))]
    speed = {"first_token_ms": draw.one((100, 450.5)), "tokens_per_second": draw.one((80, 33.3))}
    longer = {"loadings": [draw.number(-9, 9) / 4 for _ in range(draw.one((1, 2, 3)))]} if draw.often(2) else {}
    return {
        "id": name,
        "name": name.upper(),
        "owner": draw.one(("Ada", "Bel")),
        "family": draw.one(("Fir", "Gum")),
        "version": "1",
        "provider": "p",
        "released": "2025-01-01",
        "tokenizer": draw.one(("same", "more")),
        "context": draw.one((200_000, 200_000, 200_000, 5_000, 300)),
        "max_output": draw.one((1_000, 60)),
        "capabilities": draw.one((list(NEEDS), list(NEEDS), ["tools", "json"], [], ["embeddings"])),
        "regions": ["eu", "us"] if name == "m0" else draw.one((["us"], ["eu", "us"])),
        "abilities": abilities,
        "speed": {**SOURCE, **speed},
        "verbosity": draw.one((1.0, 0.8, 1.25)),
        "stand_in": True,
        "labels": _labels(name),
        **({"lengths": {**SOURCE, "verbosity": 0.9, **longer}} if draw.often() else {}),
        **_retirement(name, draw),
        **SOURCE,
    }


def _retirement(name: str, draw: Drawn) -> dict[str, Any]:
    """An end within the days of the requests, perhaps with a successor, which may be retired too."""
    if not draw.often(5):
        return {}
    # The first is always there, and has none itself: no circle.
    successor = {} if name == "m0" or draw.often(3) else {"successor": "m0"}
    return {"retires": draw.one(DAYS).isoformat(), **successor}


def _labels(name: str) -> list[str]:
    return [["zdr"], ["zdr", "eu"], []][sum(name.encode()) % 3]


def _labelled(ids: list[str]) -> bool:
    return any(map(_labels, ids))


def _prices(draw: Drawn, long: bool) -> list[dict[str, Any]]:
    starts = draw.one((["2025-06-01"], ["2025-06-01"], ["2025-06-01", "2026-09-01"], ["2026-09-01"]))
    rates = {"cached_input": "0.01", "source": "a test", "status": "assumed"}
    # Prices with so many digits that their products do not fit into 64 bits, nor, exactly, into a Decimal.
    tail = "1234567890123456789012345678901" if long else ""
    return [
        {
            "since": since,
            "input": f"{draw.number(0, 9)}.{draw.one(range(3))}{tail}",
            "output": str(draw.number(0, 9)),
            **rates,
        }
        for since in starts
    ]


def _rule(place: int, ids: list[str], draw: Drawn) -> dict[str, Any]:
    change: dict[str, Any] = draw.one(
        (
            {"band": draw.one(BANDS)},
            {"optimize": draw.one(("cost", "latency"))},
            {"prefer": draw.some(ids)},
            {"models": draw.some(ids)},
            {"models": [ids[0], "label:*"]} if _labelled(ids) else {"band": 0.1},
            {"floors": {draw.one((*TASKS, "high_stakes")): draw.one(BANDS)}},
            {"max_price": draw.one(PRICE_CAPS)},
            {"max_cost": draw.one(COST_CAPS)},
            {"max_output": draw.one((1, 30, 100, 500))},
            {"effort": draw.one(("low", {"at_least": "high"}))},
            {"max_latency": draw.one(({"p95": "0.3 s"}, {"p50": "1 s", "p99": "2 s"}, {"p90": "0 s"}))},
            {"healthy_for": draw.one(("1 hour", "5 minutes"))},
        )
    )
    return {"name": f"rule-{place}", "because": "a test", "when": drawn_when(draw), "set": change}


def _guards(name: str, ids: list[str], draw: Drawn) -> list[dict[str, Any]]:
    options: tuple[dict[str, Any], ...] = (
        {"model": [draw.one(ids)]},
        {"model": draw.some(ids)},
        {"region": "us"},
        {"labels": {"not": "*"}} if _labelled(ids) else {"family": "*"},
        {"model": {"not": [draw.one(ids)]}},
        {"region": {"not": "us"}},
        {"region": "eu"},
        {"region": ["eu", "us"], "model": "m*"},
    )
    return [
        {"name": f"{name}-{place}", "because": "a test", "when": drawn_when(draw), "never": draw.one(options)}
        for place in range(draw.one((0, 0, 1, 2)))
    ]


def _budget(name: str, ids: list[str], draw: Drawn) -> dict[str, Any]:
    of = {
        key: draw.one(options)
        for key, options in (("key", (*KEYS, "k*")), ("team", (*TEAMS, "r*")), ("policy", (*POLICIES, "?")))
        if draw.often(4)
    }
    if draw.often(5):
        of["tags"] = draw.one((["batch"], ["b*", "\x1e"]))  # type: ignore[assignment]
    if draw.often(8):
        of |= draw.one(({"provider": "p"}, {"provider": "?"}, {"owner": "*"}, {"owner": "?*", "family": "*"}))
    if draw.often():
        of["model"] = draw.some(ids)  # type: ignore[assignment]
    budget: dict[str, Any] = {"name": name, "limit": "5 USD", "per": draw.one(("day", "7 days")), "of": of}
    thens = (
        "deny",
        {"band": draw.one(BANDS)},
        {"models": draw.some(ids)},
        {"band": 0.5, "models": ids[:1]},
        {"models": draw.some(ids), "otherwise": "serve"},
        "warn",
    )
    if draw.often(4):
        parts = [("80 %", draw.one(thens[1:])), ("100 %", draw.one(thens[1:])), ("110 %", "deny")][
            : draw.one((3, 1, 2))
        ]
        budget["steps"] = [{"at": at, "then": then} for at, then in parts]
    else:
        budget["then"] = draw.one(thens)
    if draw.often(6):
        budget["raise"] = {"to": "7 USD", "until": "2026-12-04 18:00"} | draw.one(({}, {"from": "2026-11-30"}))
    each = draw.one(("", "key", "team", "model", "user", "tag", "owner", "family", "provider"))
    return budget | ({"each": each} if each else {})


def _policy(ids: list[str], draw: Drawn) -> dict[str, Any]:
    policy: dict[str, Any] = {"because": "a test", "band": draw.one(BANDS), "optimize": draw.one(("cost", "latency"))}
    if draw.often(4):
        policy["models"] = draw.some(ids)
    if draw.often():
        policy["prefer"] = draw.some(ids)
    if draw.often():
        policy["floors"] = {"chat": draw.one(BANDS), "coding": 0.2, "high_stakes": draw.one(BANDS)}
    if draw.often(6):
        policy["max_price"] = draw.one(PRICE_CAPS)
    if draw.often(6):
        policy["max_cost"] = draw.one(COST_CAPS)
    policy |= draw.one(({}, {}, {"max_output": draw.one((20, 45, 2_000))}, {"max_latency": {"p95": "400 ms"}}))
    if draw.often():
        policy["consent"] = draw.one(("any", "owner", "family", "exact"))
    policy["rules"] = [_rule(place, ids, draw) for place in range(draw.one((0, 1, 3, 9)))]
    return policy


def _policies(ids: list[str], draw: Drawn) -> dict[str, Any]:
    first, second = _policy(ids, draw), _policy(ids, draw)
    first |= {"guards": _guards("g", ids, draw), "aliases": ["other-p"]}
    first["budgets"] = [_budget(name, ids, draw) for name in ("b", "w")[: draw.one((0, 1, 2))]]
    if draw.often():
        second["extends"] = "p"
        second["rules"] = [{**rule, "name": f"q-{rule['name']}"} for rule in second["rules"]]
    else:
        second["budgets"] = [_budget("w", ids, draw)][: draw.one((0, 1))]
    whole = {
        "guards": _guards("house", ids, draw),
        "budgets": [_budget(n, ids, draw) for n in ("h", "m")[: draw.one((0, 2))]],
    }
    phrases = {word: ["x", "y*"] for word in WORDS}
    return {"default": draw.one(POLICIES), "policies": {"p": first, "q": second}, "phrases": phrases, **whole}


def _ramps(ids: list[str], draw: Drawn) -> list[dict[str, Any]]:
    pairs = [(draw.one(ids), draw.one(ids)) for _ in range(draw.one((0, 2, 9)))]
    rest = {"because": "a test", "holdback": draw.one((0.0, 0.1, 0.5))}
    return [
        {
            "name": f"r{n}",
            "original": first,
            "substitute": other,
            "share": draw.one((0.9, 1.0, 0.5, 0.02)),
            "when": drawn_when(draw),
            "unit": draw.one(("conversation", "user", "key")),
            **rest,
        }
        for n, (first, other) in enumerate(pairs)
        if first != other
    ]


def drawn_config(text: bytes) -> Config:
    """A configuration of one to eight models and two policies."""
    return from_documents(_documents(Drawn(text)))


def drawn_change(text: bytes) -> tuple[Config, Config]:
    """A configuration, and what one to four edits make of it."""
    draw = Drawn(text)
    before = _documents(draw)
    after = deepcopy(before)
    ids = [model["id"] for model in before["catalog.yaml"]["models"]]
    for number in range(draw.one((1, 2, 3, 4))):
        _edit(after, f"new-{number}", ids, draw)
    return from_documents(before), from_documents(after)


def _edit(documents: dict[str, Any], name: str, ids: list[str], draw: Drawn) -> None:
    policies = documents["policies.yaml"]
    policy = policies["policies"][draw.one(POLICIES)]
    rules, price = policy["rules"], documents["prices.yaml"]["prices"][draw.one(ids)][-1]
    edits: tuple[Callable[[], object], ...] = (
        lambda: rules.append({**_rule(0, ids, draw), "name": name}),
        lambda: rules and rules.pop(draw.number(0, len(rules) - 1)),
        lambda: rules.reverse(),
        lambda: policy.update(band=draw.one(BANDS)),
        lambda: policy.update(consent=draw.one(("any", "owner", "exact"))),
        lambda: policy.update(floors={"chat": draw.one(BANDS)}),
        lambda: policies["policies"]["p"].update(aliases=[draw.one(("new-p", "other-p"))]),
        lambda: policy.update(guards=_guards(name, ids, draw)),
        lambda: policies.update(default=draw.one(POLICIES)),
        lambda: price.update(input=str(draw.number(0, 9))),
        lambda: documents.update({"ramps.yaml": {"ramps": _ramps(ids, draw)}}),
    )
    draw.one(edits)()


def _documents(draw: Drawn) -> dict[str, Any]:
    ids = [f"m{place}" for place in range(draw.one((3, 1, 2, 5, 8)))][:: draw.one((1, -1))]
    relative = {"more": {"en": 1.08, "ko": 1.62}, "same": {"other": 1.0}}
    kinds = {n: {**SOURCE, "encoding": "o200k_base", "exact": True, "relative": r} for n, r in relative.items()}
    long = draw.often(8)
    return {
        "catalog.yaml": {"tokenizers": kinds, "models": [_model(name, draw) for name in ids]},
        "prices.yaml": {"prices": {name: _prices(draw, long) for name in ids}},
        "policies.yaml": _policies(ids, draw),
        "ramps.yaml": {"ramps": _ramps(ids, draw)},
        "providers.yaml": {"providers": {"p": {"adapter": "p"}}},
        **({"order": {"prefer": "in order"}} if draw.often(2) else {}),
    }


def _features(draw: Drawn) -> Features:
    return Features(
        task=draw.one(TASKS),
        task_probability=0.5,
        difficulty=draw.one((draw.number(-60, 60) / 20, draw.number(-4, 4) / 2)),
        difficulty_error=1.3,
        language=draw.one(LANGUAGES),
        input_tokens=draw.one((37, 0, 1, 38, 250, 251, 4_000, 150_000)),
        input_tokens_error=0.0,
        output_tokens=draw.one((40, 1, 350)),
        output_limit=draw.one((0, 0, 1, 200, 2**40)),
        choices=draw.one((1, 2, 3)),
        needs=_needs(draw),
        traits=tuple(draw.number(-300, 300) / 100 for _ in range(draw.one((0, 1, 2)))),
        **later_facts("features", draw),
    )


def _needs(draw: Drawn) -> Any:
    """Vectors, or words with this and that; mostly plain words."""
    return ("embeddings",) if draw.often(4) else tuple(draw.some(NEEDS)) if draw.often(5) else ()


def _ask(ids: list[str], draw: Drawn) -> Ask:
    name = draw.one(ids) if draw.often() else None
    policy = draw.one(POLICIES)
    caller = Caller(
        draw.one((None, *KEYS)),
        draw.one((None, *TEAMS)),
        draw.one((None, *PLACES)),
        tuple(draw.some(TAGS)) if draw.often() else (),
        **later_facts("caller", draw),
    )
    consent = draw.one(("any", "any", "owner", "family", "exact"))
    unit = draw.one((f"unit-{draw.number(0, 999)}", f"{draw.number(0, 9999):024x}", "0123456789ab" * 2))
    asked, stated = name or draw.one((policy, "auto", "other-p")), draw.often(2)
    return Ask(
        asked=asked,
        policy=policy,
        model=name,
        consent=consent,
        unit=unit,
        caller=caller,
        stated=stated,
        permit=_permit(ids, draw) if draw.often() else None,
    )


def _permit(ids: list[str], draw: Drawn) -> Permit:
    """What a key permits; perhaps no model at all, or one that is in no catalog."""
    models = draw.one((None, tuple(draw.some(ids)), tuple(draw.some(ids)), (), ("gone",)))
    policies = draw.one((None, (draw.one(POLICIES),), POLICIES, ("gone", "q")))
    consent, disclosure = draw.one((None, "any", "owner", "exact")), draw.one((None, "silent"))
    return Permit(models, policies, consent, disclosure)  # type: ignore[arg-type]


def _situation(ids: list[str], draw: Drawn) -> Situation:
    down = tuple(draw.some(ids)) if draw.often(5) else ()
    names = (*BUDGETS, *(f"{budget}@{model}" for budget in BUDGETS for model in (*ids, "Ada", "Gum", "p")))
    spent = tuple(draw.one(names) for _ in range(draw.one((0, 1, 2, 6))))
    warm = tuple(Warm(model, draw.one((128, 1024, 50_000))) for model in draw.some(ids)) if draw.often() else ()
    day, minute = draw.one((DAYS[0], DAYS[0], DAYS[0], *DAYS)), draw.one((720, 0, 1439, 540, 1080, 360))
    return Situation(day, down, minute, spent, warm, **later_facts("situation", draw))


def drawn_request(text: bytes, config: Config) -> Request:
    """A request to a configuration; the policy that it asks for exists, and the model if it names one."""
    draw, ids = Drawn(text), [model.id for model in config.models]
    return _features(draw), _ask(ids, draw), _situation(ids, draw)


CONFIGS = st.binary(min_size=700, max_size=700).map(drawn_config)
TEXTS = st.lists(st.binary(min_size=80, max_size=80), min_size=1, max_size=30)
CHANGES = st.binary(min_size=800, max_size=800).map(drawn_change)
