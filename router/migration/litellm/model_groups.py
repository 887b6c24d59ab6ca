"""Rows under one public name become models, each in one or several places, in the order in which they are asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from router.migration.import_report import Notes
from router.migration.litellm.rows.model_kinds import Kind, identity
from router.migration.litellm.rows.place import Place, Written

_PRICES = ("input", "output", "cached_input", "cache_write_5m", "cache_write_1h")


@dataclass(frozen=True, slots=True)
class Member:
    """One model of a group, with its places in order of refusal."""

    identity: str
    places: tuple[Place, ...]
    written: Written


@dataclass(frozen=True, slots=True)
class Group:
    """A public name, and the models that answer under it, the first of them first."""

    public: str
    kind: Kind
    members: tuple[Member, ...]

    @property
    def first(self) -> Place:
        """The place that is asked first."""
        return self.members[0].places[0]


def groups(places: Iterable[Place], notes: Notes) -> dict[str, Group]:
    """The groups by public name, in the order of the file."""
    named: dict[str, list[Place]] = {}
    for place in places:
        named.setdefault(place.public, []).append(place)
    return {public: _group(public, rows, notes) for public, rows in named.items()}


def _group(public: str, rows: list[Place], notes: Notes) -> Group:
    kind = rows[0].kind
    rows = _of_one_kind(public, rows, notes)
    ordered = sorted(rows, key=lambda place: place.order)
    models: dict[str, list[Place]] = {}
    for place in ordered:
        models.setdefault(_identity(place, public), []).append(place)
    if kind != "chat" and len(models) > 1:
        models = _first_only(public, models, notes)
    members = tuple(Member(name, tuple(places), _joined(places, notes)) for name, places in models.items())
    _shuffled(public, members, notes)
    return Group(public, kind, members)


def _identity(place: Place, public: str) -> str:
    return place.identity if place.identity is not None else identity(public)


def _of_one_kind(public: str, rows: list[Place], notes: Notes) -> list[Place]:
    kind = rows[0].kind
    for place in rows:
        if place.kind != kind:
            sentence = f"{public!r}: this place is left out: a model of {place.kind} cannot stand in for one of {kind}"
            notes.add("left_out", place.where, sentence)
    return [place for place in rows if place.kind == kind]


def _first_only(public: str, models: dict[str, list[Place]], notes: Notes) -> dict[str, list[Place]]:
    (name, kept), *others = models.items()
    why = "vectors of two models cannot be compared" if kept[0].kind == "embeddings" else "another voice would answer"
    for place in (place for _, places in others for place in places):
        sentence = f"{public!r} names another model here than at line {kept[0].where.line}; this one is left out: {why}"
        notes.add("left_out", place.where, sentence)
    return {name: kept}


def _shuffled(public: str, members: tuple[Member, ...], notes: Notes) -> None:
    """LiteLLM spreads requests over places of equal order; here the first takes all."""
    places = [place for member in members for place in member.places]
    if len(places) < 2 or len({place.order for place in places}) == len(places):
        return
    weights = [f"{place.weight}" for place in places if place.weight is not None]
    shares = f" by weight ({' : '.join(weights)})" if weights else " evenly, or by their rates"
    first = places[0]
    what = f"the place of line {first.where.line} takes everything until it is full or fails, then the next"
    if len(members) > 1:
        what = f"the model of line {first.where.line} answers while it can, then the next"
    notes.add("meaning", first.where, f"{public!r}: LiteLLM spreads requests{shares}; here {what}")


def _joined(places: list[Place], notes: Notes) -> Written:
    """One model has one price and one size: the first that is written of each."""
    writings = [place.written for place in places]
    priced = [place for place in places if place.written.input is not None or place.written.output is not None]
    first = priced[0] if priced else places[0]
    if len({_money(place.written) for place in priced}) > 1:
        _tell_prices(priced, notes)
    capabilities = [writing.capabilities for writing in writings if writing.capabilities is not None]
    return Written(
        **{name: getattr(first.written, name) for name in _PRICES},
        context=next((writing.context for writing in writings if writing.context), None),
        max_output=next((writing.max_output for writing in writings if writing.max_output), None),
        capabilities=capabilities[0] if capabilities else None,
        dimensions=next((writing.dimensions for writing in writings if writing.dimensions), None),
    )


def _money(written: Written) -> tuple[Decimal, Decimal]:
    return written.output or Decimal(0), written.input or Decimal(0)


def _tell_prices(priced: list[Place], notes: Notes) -> None:
    def pair(place: Place) -> str:
        output, price = _money(place.written)
        return f"{price:f} / {output:f} USD (line {place.where.line})"

    listed = ", ".join(pair(place) for place in priced)
    sentence = f"{priced[0].public!r}: one model has one price: of {listed} the first is taken for every place"
    notes.add("meaning", priced[1].where, sentence)
