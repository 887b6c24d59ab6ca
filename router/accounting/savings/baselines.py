"""What a saving is measured against: the asked model, or one single model for everything.

Invariant: a single model is one that could have answered as many requests as any; a request that it could not have
answered is counted against what did answer, which is no saving, and their number is reported.
"""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from math import floor
from typing import Any, Literal, NamedTuple, get_args

from router.accounting.savings.counterfactual_lengths import Length
from router.accounting.settled_request import Settled
from router.accounting.waterfall import Tokens
from router.money import ZERO
from router.types import Config

BaselineName = Literal["asked", "best", "dearest", "cheapest"]
BASELINES: tuple[BaselineName, ...] = get_args(BaselineName)
# What a model cannot do, as against what a policy or a consent did not let it do.
_UNABLE = {"guard", "capability", "context", "unhealthy", "no_ability", "no_price"}


class Baseline(NamedTuple):
    """The model that would have served: the asked one, or always the same."""

    name: BaselineName
    model: str | None = None

    def of(self, request: Settled) -> str | None:
        """The model for one request, or None where it could not have answered."""
        if self.model is None:
            return request.asked
        return self.model if any(row["model"] == self.model and _able(row) for row in request.candidates) else None


class Contest:
    """Finds the best, the dearest and the cheapest single model, by what was predicted for every request."""

    def __init__(self) -> None:
        self._able: Counter[str] = Counter()
        self._cost: dict[str, Decimal] = {}
        self._quality: dict[str, float] = {}

    def add(self, request: Settled) -> None:
        """Take the candidates of a request."""
        for row in request.candidates:
            model = row["model"]
            self._able[model] += _able(row)
            self._cost[model] = self._cost.get(model, ZERO) + Decimal(row["cost"])
            self._quality[model] = self._quality.get(model, 0.0) + row["quality"]

    def winner(self, name: BaselineName) -> Baseline:
        """The baseline of that name; ties break by the model's id."""
        most = max(self._able.values(), default=0)
        whole = sorted(model for model, count in self._able.items() if count == most)
        if name == "asked" or not whole:
            return Baseline("asked") if name == "asked" else Baseline(name, "")
        if name == "best":
            return Baseline(name, max(whole, key=self._quality.__getitem__))
        choose = max if name == "dearest" else min
        return Baseline(name, choose(whole, key=self._cost.__getitem__))


def counterfactual_tokens(request: Settled, model: str, length: Length, config: Config) -> Tokens:
    """The tokens that another model's tokenizer would have made of the same input, cached in the same proportion."""
    if model == request.served:
        return request.tokens(length.tokens)
    factor = _relative(config, model, request.language) / _relative(config, request.served, request.language)
    taken = round(request.input * factor)
    # Rounded down where there are several, so that the parts are never more than the whole.
    cached = min(taken, round(request.cached * factor))
    long = min(taken - cached, floor(request.written_1h * factor))
    short = min(taken - cached - long, floor(request.written_5m * factor))
    return Tokens(taken, cached, length.tokens, short, long)


def _relative(config: Config, model: str, language: str) -> float:
    kind = next(row.tokenizer for row in config.models if row.id == model)
    relative = config.tokenizers[kind].relative
    return relative.get(language) or relative.get("other", 1.0)


def _able(row: Mapping[str, Any]) -> bool:
    return row["code"] not in _UNABLE
