"""The cost of many requests, exact: whole numbers where they fit into 64 bits, else decimals.

Invariant: no float ever enters, and what does not fit is worked out by the same decimals as one decision's cost.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from router.decision.scoring import within
from router.money import price_on
from router.policy.replay.request_columns import Ints, Mask
from router.types import Config, CostCap, Model, Price, PriceCap

# Products of tokens and prices below this are exact in 64 bits, with room for their sum.
MOST_EXACT = 2**61


class Prices:
    """The prices of each model on each of some days, exact: in whole units of 10^-`places` micro-dollars.

    Where products would not fit into 64 bits, prices are Decimals in columns of objects, slower and as exact.
    """

    def __init__(self, models: tuple[Model, ...], config: Config, days: tuple[date, ...], most_tokens: int) -> None:
        rows = [[price_on(config.prices.get(model.id, ()), day) for day in days] for model in models]
        self._rows = rows
        prices = [price for row in rows for price in row if price is not None]
        self.known = np.array([[price is not None for price in row] for row in rows], np.bool_)
        self.places = max([_places(value) for price in prices for value in _rates(price)], default=0)
        most = max([max(_rates(price)) for price in prices], default=Decimal(0))
        self.exact = 2 * most * 10**self.places * max(most_tokens, 1) < MOST_EXACT
        if not self.exact:
            self.places = 0
        self.input = self._scaled([[price.input if price else None for price in row] for row in rows])
        self.output = self._scaled([[price.output if price else None for price in row] for row in rows])
        self.cached = self._scaled([[price.cached_input if price else None for price in row] for row in rows])

    def cost(self, model: int, taken: Ints, given: Ints, days: NDArray[np.intp]) -> NDArray[Any]:
        """What the tokens cost; 0 where there is no price."""
        price_in, price_out = self.input[model], self.output[model]
        if len(price_in) == 1:
            days = np.zeros(1, np.intp)
        cost: NDArray[Any] = taken * price_in[days] + given * price_out[days]
        return cost

    def saved(self, model: int, cached: Ints, days: NDArray[np.intp]) -> NDArray[Any]:
        """What it saves that so many tokens of the input are cached."""
        days = days if len(self.input[model]) > 1 else np.zeros(1, np.intp)
        saving: NDArray[Any] = cached * (self.input[model] - self.cached[model])[days]
        return saving

    def within(self, caps: Iterable[PriceCap | None]) -> Mask:
        """Models x caps x days: which list prices are within a cap; where there is none, and no price, all are."""
        rows = [
            [[cap is None or price is None or within(cap, price) for price in row] for cap in caps]
            for row in self._rows
        ]
        return np.array(rows, np.bool_)

    def most(self, caps: Iterable[CostCap | None]) -> NDArray[Any]:
        """The most that a request may cost under each cap, in the unit of its cost."""
        if not self.exact:
            return np.array([Decimal("Infinity") if cap is None else cap.most for cap in caps], object)
        endless = np.iinfo(np.int64).max
        units = [endless if cap is None else min(int(cap.most.scaleb(self.places)), endless) for cap in caps]
        return np.array(units, np.int64)

    def _scaled(self, rows: list[list[Decimal | None]]) -> NDArray[Any]:
        zero = Decimal(0)
        if not self.exact:
            return np.array([[value or zero for value in row] for row in rows], object)
        return np.array([[int((value or zero).scaleb(self.places)) for value in row] for row in rows], np.int64)


def _rates(price: Price) -> tuple[Decimal, ...]:
    return price.input, price.output, price.cached_input


def _places(value: Decimal) -> int:
    # Not normalize(), which rounds what has more than 28 digits.
    return max(0, -int(value.as_tuple().exponent))


def money(units: Any, places: int) -> Decimal:
    """Micro-dollars from whole units, or from what is a Decimal already."""
    return Decimal(units).scaleb(-places) if places else Decimal(units)
