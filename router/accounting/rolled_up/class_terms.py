"""The terms of classes of requests: what each is sold and supplied by, as served and as asked, and what one more costs.

Invariant: equal terms have the same place, whatever days and revisions they are of; caps are left out, and reported
with `limits`, since whoever books a sum must see that none is reached.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from router.accounting.books import Books, listed_value
from router.accounting.contracts.terms import Sale, Supply, Term
from router.accounting.rolled_up.exact_spread import Rates
from router.accounting.rolled_up.request_class import WIDTH, RequestClass, Sums, Unsummable
from router.accounting.savings.counterfactual_lengths import TOKEN, Length
from router.accounting.savings.split import Split, split
from router.accounting.waterfall import Booked, Tokens, value_at
from router.money import ZERO, price_on
from router.types import Price

SPLIT, ARM = slice(0, len(Split._fields)), slice(len(Split._fields), None)
"""Of the figures of a group of conversations, those of a tally and those of a ramp's arm."""
NOTHING_USED = Tokens(0, 0, ZERO)


class Sides(NamedTuple):
    """Both sides of a class of requests in both worlds, without caps; `listed` is the price of what served."""

    sale: Sale
    supply: Supply
    asked_sale: Sale
    asked_supply: Supply
    listed: Price | None
    from_cache: bool

    def book(self, sums: Sums, output: Decimal, books: Books) -> tuple[Booked, Booked]:
        """A sum as served and as asked, with an `output` of so many tokens there; call it inside `exactly()`."""
        used = self.used(sums)
        listed = listed_value(self.sale.price, used)
        served = books.served.book(self.sale, self.supply, used, listed, listed, sums.requests)
        return served, self.book_asked(sums, output, books)

    def book_asked(self, sums: Sums, output: Decimal, books: Books) -> Booked:
        """A sum had the asked model served."""
        taken = Tokens(sums.asked_input, sums.asked_cached, output, sums.asked_5m, sums.asked_1h)
        listed = listed_value(self.asked_sale.price, taken)
        return books.otherwise.book(self.asked_sale, self.asked_supply, taken, listed, listed, sums.requests)

    def used(self, sums: Sums) -> Tokens:
        """What the requests took themselves."""
        if self.from_cache:
            return NOTHING_USED
        return Tokens(sums.input, sums.cached, Decimal(sums.output), sums.written_5m, sums.written_1h)

    def cost(self, sums: Sums) -> Decimal:
        """What they cost by the list."""
        return ZERO if self.listed is None else value_at(self.listed, self.used(sums))


class EachLength(NamedTuple):
    """How long the answers of the asked model are; `length` is that of one answer, where it is a mean."""

    length: Length

    def of(self, sums: Sums) -> Length:
        """The length of all answers of a sum."""
        return self.length._replace(tokens=self._tokens(sums))

    def _tokens(self, sums: Sums) -> Decimal:
        if self.length.basis == "served":
            return Decimal(sums.output)
        return sums.verbose * TOKEN if self.length.basis == "verbosity" else sums.choices * self.length.tokens


class ClassTerms:
    """Finds the sides of classes, and numbers those that differ."""

    def __init__(self, books: Books) -> None:
        self.sides: list[Sides] = []
        self.limits: dict[Term, Decimal] = {}
        self._books = books
        self._places: dict[Sides, int] = {}
        self._plain: dict[Supply, Supply] = {}
        self._rates: dict[tuple[int, EachLength], Rates] = {}

    def place(self, kind: RequestClass) -> int:
        """The place of the sides of a class in `sides`; raises Unsummable."""
        terms = self._books.terms_of(kind.revision)
        day, buyer = kind.date, kind.buyer
        supply = terms.supply(kind.served, day, buyer, kind.deployment)
        asked = terms.supply(kind.asked, day, buyer, kind.deployment if kind.as_asked else None)
        sides = Sides(
            sale=terms.sale(kind.charged_by, day, buyer),
            supply=self._without_caps(supply),
            asked_sale=terms.sale(kind.asked, day, buyer),
            asked_supply=self._without_caps(asked),
            listed=price_on(self._books.config_of(kind.revision).prices.get(kind.served, ()), day),
            from_cache=kind.from_cache,
        )
        place = self._places.setdefault(sides, len(self._places))
        if place == len(self.sides):
            self.sides.append(sides)
        return place

    def rates(self, place: int, length: EachLength) -> Rates:
        """What one more of each sum adds to each figure; call it inside `exactly()`."""
        known = self._rates.get((place, length))
        if known is None:
            columns = [self._one_more(self.sides[place], length, at) for at in range(WIDTH)]
            known = self._rates[place, length] = tuple(zip(*columns, strict=True))
        return known

    def _one_more(self, sides: Sides, length: EachLength, at: int) -> Sequence[Decimal]:
        sums = Sums(*(int(place == at) for place in range(WIDTH)))
        served, otherwise = sides.book(sums, length.of(sums).tokens, self._books)
        figures = served.paid, served.waterfall.contribution, sides.cost(sums)
        return (*split("", served, otherwise), *figures)

    def _without_caps(self, supply: Supply) -> Supply:
        plain = self._plain.get(supply)
        if plain is None:
            _refuse_changing_sign(supply)
            self.limits.update((share.term, share.cap) for share in supply.shares if share.cap is not None)
            plain = supply._replace(shares=tuple(share._replace(cap=None) for share in supply.shares))
            self._plain[supply] = plain
        return plain


def _refuse_changing_sign(supply: Supply) -> None:
    """A share of what is left of sales after a partner paid for them may be of either sign, request by request."""
    shares = supply.shares
    if any(share.of == "sales" and share.rate < 0 for share in shares) and any(share.of != "sales" for share in shares):
        raise Unsummable("a share of earnings that may be below zero")
