"""Writes the files of a folder, as plain data, from groups and chains."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from router.migration.import_report import Notes
from router.migration.litellm.chains import Chain, Chains
from router.migration.litellm.known_models import Lookup, Numbers, numbers
from router.migration.litellm.model_groups import Group, Member
from router.migration.litellm.rows.model_kinds import maker
from router.migration.litellm.rows.place import Endpoint, Place
from router.migration.plain_numbers import plain
from router.migration.word_lists import words

TASKS = words(
    "chat coding math science reasoning law security medicine summarisation translation extraction classification "
    "creative_writing speech"
)
NOWHERE = "unspecified"
_GLOB = re.compile(r"[*?\[\]!]")
_COUNTED = {"chat": "words", "embeddings": "embeddings", "speech": "characters"}


@dataclass(slots=True)
class Folder:
    """Collects rows of the files. `taken` are names that no row may get, as clients use them."""

    notes: Notes
    chains: Chains
    lookup: Lookup
    today: date
    taken: set[str]
    providers: dict[str, dict[str, Any]] = field(default_factory=dict)
    models: list[dict[str, Any]] = field(default_factory=list)
    prices: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    deployments: list[dict[str, Any]] = field(default_factory=list)
    ids: dict[str, tuple[str, ...]] = field(default_factory=dict)
    owners: set[str] = field(default_factory=set)

    def add(self, group: Group, *, apart: bool) -> None:
        """Add the models of a group; `apart` where its public name is that of a policy."""
        ids = []
        for member in group.members:
            row = self._id(group, member) if apart else group.public
            ids.append(row)
            self._member(group, member, row)
        self.ids[group.public] = tuple(ids)

    def _id(self, group: Group, member: Member) -> str:
        place = member.places[0]
        base = _GLOB.sub("-", f"{group.public}@{place.endpoint.label}")
        return self._free(base)

    def _free(self, base: str) -> str:
        name, count = base, 1
        while name in self.taken:
            count += 1
            name = f"{base}-{count}"
        self.taken.add(name)
        return name

    def _member(self, group: Group, member: Member, row: str) -> None:
        places = member.places
        providers = [self.provider(place.endpoint, row, place.upstream) for place in places]
        figures = numbers(group, member, self.lookup)
        regions = tuple(dict.fromkeys(place.region for place in places if place.region)) or (NOWHERE,)
        self.models.append(self._model(group, member, row, providers[0], regions, figures))
        self.prices[row] = [self._price(member, figures)]
        if len(places) > 1 or places[0].capacity:
            for place, provider in zip(places, providers, strict=True):
                self._deployment(place, row, provider)
        self._noted(group, member, row, figures)

    def provider(self, endpoint: Endpoint, row: str | None = None, upstream: str = "") -> str:
        """The name of the provider with these settings, under which a row has this upstream name."""
        name = next((known for known in self.providers if self._fits(known, endpoint, row, upstream)), "")
        if not name:
            name = _numbered(endpoint.label, self.providers)
            self.providers[name] = {"adapter": endpoint.adapter, "plain": dict(endpoint.settings), "models": {}}
        if row is not None:
            self.providers[name]["models"][row] = upstream
        return name

    def _fits(self, known: str, endpoint: Endpoint, row: str | None, upstream: str) -> bool:
        """Whether a provider has these settings, and no other upstream name under this row."""
        written = self.providers[known]
        same = (written["adapter"], written["plain"]) == (endpoint.adapter, dict(endpoint.settings))
        return same and (row is None or written["models"].get(row, upstream) == upstream)

    def _model(
        self, group: Group, member: Member, row: str, provider: str, regions: tuple[str, ...], figures: Numbers
    ) -> dict[str, Any]:
        first = member.places[0]
        owner, family = maker(member.identity) or (f"Unknown, of {row}", f"Unknown, of {row}")
        made = {
            "id": row,
            "name": f"{group.public}, imported",
            "owner": self._apart(owner, "maker"),
            "family": self._apart(family, "family"),
            "version": "unknown",
            "provider": provider,
            "released": self.today,
            "stand_in": False,
            **self._sourced(f"{first.where}; what is not written there is assumed"),
            "tokenizer": _COUNTED[group.kind],
            "context": figures.context,
            "max_output": figures.max_output,
            "capabilities": sorted(figures.capabilities),
            "regions": list(regions),
            "verbosity": 1.0,
            "speed": {**self._sourced("Assumed at the import"), "first_token_ms": 1000, "tokens_per_second": 50},
            "abilities": {
                **self._sourced("Assumed at the import: all models alike, so that only order and price decide"),
                "values": dict.fromkeys(TASKS, 2.5),
            },
        }
        drops = list(dict.fromkeys(word for place in member.places for word in place.drops))
        if drops:
            made["parameters"] = {"source": str(first.where), "date": self.today, "drops": drops}
        if group.kind == "embeddings" and member.written.dimensions:
            made["dimensions"] = member.written.dimensions
        return made

    def _apart(self, word: str, what: str) -> str:
        """A name of an owner or a family that is no model's, since globs match both."""
        return f"{word} ({what})" if word in self.taken else word

    def _sourced(self, source: str) -> dict[str, Any]:
        return {"source": source, "date": self.today, "status": "assumed"}

    def _price(self, member: Member, figures: Numbers) -> dict[str, Any]:
        written = member.written
        source = f"As written in {member.places[0].where}" if figures.priced else figures.source
        if not figures.priced and (written.input is not None or written.output is not None):
            source = f"In part {member.places[0].where}, in part: {figures.source}"
        row: dict[str, Any] = {
            "since": self.today,
            "input": plain(figures.input),
            "output": plain(figures.output),
            "cached_input": plain(figures.cached_input),
            "checked": self.today,
            "status": "assumed",
            "source": source,
        }
        for key in ("cache_write_5m", "cache_write_1h"):
            if (price := getattr(written, key)) is not None:
                row[key] = plain(price)
        return row

    def _deployment(self, place: Place, row: str, provider: str) -> None:
        name = _GLOB.sub("-", place.name) or f"{place.public}-{provider}"
        made: dict[str, Any] = {
            "name": _numbered(name, {written["name"]: 0 for written in self.deployments}),
            "model": row,
            "provider": provider,
        }
        if place.region:
            made["region"] = place.region
        if place.capacity:
            made["capacity"] = dict(place.capacity)
        self.deployments.append(made)

    def _noted(self, group: Group, member: Member, row: str, figures: Numbers) -> None:
        where = member.places[0].where
        places = f" in {len(member.places)} places" if len(member.places) > 1 else ""
        upstreams = ", ".join(dict.fromkeys(place.upstream for place in member.places))
        named = "" if row == group.public else f" as {row!r}"
        self.notes.add("carried", where, f"{group.public!r}: {upstreams}{named}{places}")
        if figures.assumed:
            self.notes.add("assumed", where, f"{row!r}: {'; '.join(figures.assumed)} ({figures.source})")
        if figures.input == 0 and group.kind == "chat":
            sentence = (
                f"{row!r} costs 0 as the file says: it wins wherever price decides, and no budget in USD limits it"
            )
            self.notes.add("meaning", where, sentence)
        if group.kind == "speech":
            self.notes.add("meaning", where, f"{group.public!r}: only wav and pcm are answered")

    def files(self) -> dict[str, Any]:
        """Catalog, prices and providers."""
        tokenizers = {row["tokenizer"] for row in self.models}
        return {
            "catalog.yaml": {
                "tokenizers": {
                    name: self._tokenizer(name) for name in ("words", "embeddings", "characters") if name in tokenizers
                },
                "models": self.models,
            },
            "prices.yaml": {"prices": self.prices},
            "providers.yaml": {"providers": {name: _provider(written) for name, written in self.providers.items()}},
        }

    def _tokenizer(self, name: str) -> dict[str, Any]:
        encoding = {"words": "o200k_base", "embeddings": "cl100k_base", "characters": "characters"}[name]
        relative = (
            {"en": 4.07, "ko": 1.65, "other": 2.54} if name == "characters" else {"en": 1.0, "ko": 1.0, "other": 1.0}
        )
        sourced = self._sourced("Assumed at the import: counted with a public vocabulary, whatever the model's own is")
        return {**sourced, "encoding": encoding, "exact": name == "characters", "relative": relative}


def _provider(written: Mapping[str, Any]) -> dict[str, Any]:
    settings = dict(written["plain"])
    models = {row: upstream for row, upstream in written["models"].items() if row != upstream}
    return {"adapter": written["adapter"], "settings": settings | ({"models": models} if models else {})}


def _numbered(base: str, taken: Iterable[str] | Mapping[str, Any]) -> str:
    name, count, names = base, 1, set(taken)
    while name in names:
        count += 1
        name = f"{base}-{count}"
    return name


def stands_apart(group: Group, chain: Chain | None) -> bool:
    """Whether a public name becomes that of a policy, and its models get names of their own."""
    return bool(len(group.members) > 1 or chain or group.public == "auto" or _GLOB.search(group.public))
