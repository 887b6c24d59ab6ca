"""A house with a model of its own, a partner's and an open one, and requests to it that were settled."""

from datetime import date
from decimal import Decimal
from typing import Any

from router.accounting.books import Books, Question
from router.accounting.contracts.terms import Buyer
from router.accounting.report import Report
from router.accounting.savings.baselines import Baseline
from router.accounting.savings.counterfactual_lengths import Lengths
from router.accounting.settled_request import Settled
from router.config import from_documents
from router.types import Config

DAY = date(2026, 6, 15)
_FROM: dict[str, Any] = {"source": "a test", "date": "2026-01-01", "status": "assumed"}
TERM: dict[str, Any] = {"since": "2026-01-01", "source": "a test", "status": "signed"}


def _model(name: str, owner: str, ability: float, verbosity: float) -> dict[str, Any]:
    return {
        "id": name,
        "name": name.title(),
        "owner": owner,
        "family": name.title(),
        "version": "1",
        "provider": "p",
        "released": "2025-01-01",
        "tokenizer": "same" if name != "free" else "more",
        "context": 10_000,
        "max_output": 1_000,
        "capabilities": [],
        "regions": ["us"],
        "abilities": {**_FROM, "values": {"chat": ability, "law": ability}},
        "speed": {**_FROM, "first_token_ms": 100, "tokens_per_second": 80},
        "verbosity": verbosity,
        "stand_in": True,
        **_FROM,
    }


def _price(input_: float, output: float) -> list[dict[str, Any]]:
    rates = {"input": input_, "output": output, "cached_input": input_ / 10}
    return [{"since": "2026-01-01", **rates, "source": "a list", "status": "published"}]


MODELS = [_model("part", "Partner", 3.0, 1.25), _model("own", "House", 2.0, 1.0), _model("free", "Open", 1.0, 1.0)]
PRICES = {"part": _price(1.0, 10.0), "own": _price(0.5, 2.0), "free": _price(0.2, 1.0)}
POLICY: dict[str, Any] = {"default": "plain", "policies": {"plain": {"because": "a test", "band": 0.5}}}


def gpu(input_: float, output: float, **more: Any) -> dict[str, Any]:
    """A cost of GPUs at 2 USD an hour, half of which is used: four micro-dollars a token for an hour a million."""
    time = {"input": input_, "output": output, "cached_input": 0, "rate": 2, "utilisation": 0.5}
    return {**TERM, "gpu": time, **more}


def ramp(share: float, holdback: float = 0.0) -> dict[str, Any]:
    """A ramp from the partner's model to the house's own, as ramps.yaml writes it."""
    plain = {"name": "r", "because": "x", "original": "part", "substitute": "own"}
    return {**plain, "share": share, "holdback": holdback}


COSTS = {"part": [gpu(0.05, 1.0)], "own": [gpu(0.05, 0.25)], "free": [gpu(0.025, 0.05)]}


def house(contracts: dict[str, Any] | None = None, **files: Any) -> Config:
    """The house with these contracts; without any it is known who the platform is, and what inference costs."""
    kinds = {
        name: {**_FROM, "encoding": "o200k_base", "exact": True, "relative": {"other": relative}}
        for name, relative in (("same", 1.0), ("more", 1.5))
    }
    whole = {"platform": "House", "costs": COSTS, **(contracts or {})}
    return from_documents(
        {
            "catalog.yaml": {"tokenizers": kinds, "models": files.get("models", MODELS)},
            "prices.yaml": {"prices": files.get("prices", PRICES)},
            "policies.yaml": files.get("policies", POLICY),
            "ramps.yaml": {"ramps": files.get("ramps", [])},
            "providers.yaml": {"providers": {"p": {"adapter": "p"}}},
            "deployments.yaml": {"deployments": files.get("deployments", [])},
            "contracts.yaml": whole,
        }
    )


def candidate(model: str, quality: float, cost: str, code: str = "dearer") -> dict[str, Any]:
    """A candidate as it stands in a receipt."""
    return {"model": model, "quality": quality, "cost": cost, "code": code}


def settled(served: str = "part", config: Config | None = None, **changes: Any) -> Settled:
    """A request that was charged by its served model, unless told otherwise."""
    number = changes.pop("number", 0)
    plain = Settled(
        id=f"{number:032x}",
        day=DAY,
        revision="r",
        served=served,
        asked=served,
        charged_by=served,
        outcome="ok",
        task="chat",
        language="en",
        input=100,
        cached=0,
        output=50,
        choices=1,
        output_limit=0,
        charged=Decimal(0),
        cost=Decimal(0),
        ramp=None,
        arm=None,
        unit=f"unit {number}",
        buyer=Buyer(),
        candidates=(),
    )._replace(**changes)
    if "charged" in changes:
        return plain
    prices = (config or HOUSE).prices
    return plain._replace(
        charged=charge(plain, prices[plain.charged_by][-1]), cost=charge(plain, prices[plain.served][-1])
    )


def charge(request: Settled, price: Any) -> Decimal:
    """What the tokens of a request cost at a price."""
    fresh = request.input - request.cached
    return fresh * price.input + request.cached * price.cached_input + request.output * price.output


def booked(config: Config, *requests: Settled, **question: Any) -> Report:
    """The report on some requests, all of one revision."""
    lengths = Lengths()
    for request in requests:
        lengths.add(request)
    asked: dict[str, Any] = {"by": "model", "baseline": Baseline("asked"), "since": None, "until": None, "today": DAY}
    books = Books(Question(**{**asked, **question}), config, lambda revision: config, lengths)
    for request in requests:
        books.enter(request)
    return books.report()


HOUSE = house()
