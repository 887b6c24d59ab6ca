"""Reads a row's prices, sizes and abilities, wherever in it they stand."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from router.migration.import_report import Notes
from router.migration.litellm.rows.model_kinds import Kind
from router.migration.litellm.rows.place import Written
from router.migration.source_node import Node

MILLION = Decimal(1_000_000)
_ABILITIES = {
    "supports_function_calling": "tools",
    "supports_vision": "vision",
    "supports_response_schema": "json",
    "supports_audio_input": "audio",
    "supports_pdf_input": "files",
}
_PRICES = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cached_input": "cache_read_input_token_cost",
    "cache_write_5m": "cache_creation_input_token_cost",
    "cache_write_1h": "cache_creation_input_token_cost_above_1hr",
}
_SIZES = ("max_input_tokens", "max_output_tokens", "max_tokens", "output_vector_size")


@dataclass(frozen=True, slots=True)
class Reading:
    """A row's two mappings, of which `info` goes before."""

    params: Node
    info: Node
    notes: Notes

    def written(self, kind: Kind) -> Written:
        """The numbers of the row."""
        self._without_place(kind)
        prices = {name: self._price(key) for name, key in _PRICES.items()}
        if kind == "speech":
            prices = {"input": self._price("input_cost_per_character"), "output": Decimal(0)}
        if kind == "embeddings":
            prices["output"] = Decimal(0) if prices["input"] is not None else None
        for key in _SIZES:
            self._sound(key)
        context = self.info.whole("max_input_tokens")
        if context is None and kind == "chat":
            context = self.params.whole("num_ctx")
        return Written(
            **prices,
            context=context,
            max_output=self.info.whole("max_output_tokens") or self.info.whole("max_tokens"),
            capabilities=self._capabilities(kind),
            dimensions=self.info.whole("output_vector_size"),
        )

    def _price(self, key: str) -> Decimal | None:
        node = self.info.get(key) or self.params.get(key)
        if node is None:
            return None
        price = node.number
        if price is None or not 0 <= price * MILLION <= MILLION:
            self.notes.add("left_out", node.where, f"{key} is no price")
            return None
        return (price * MILLION).normalize()

    def _sound(self, key: str) -> None:
        node = self.info.get(key)
        if node is not None and self.info.whole(key) is None:
            self.notes.add("left_out", node.where, f"{key} is no number of at least 1")

    def _capabilities(self, kind: Kind) -> frozenset[str] | None:
        if kind != "chat":
            return frozenset((kind,))
        said = {word: node for key, word in _ABILITIES.items() if (node := self.info.get(key)) is not None}
        return frozenset(word for word, node in said.items() if node.on) if said else None

    def _without_place(self, kind: Kind) -> None:
        for key, node in self._costs():
            if key in _PRICES.values() or (kind == "speech" and key == "input_cost_per_character"):
                continue
            if "_above_" in key:
                sentence = f"{key}: a price has no steps by size here; long requests are dearer than the ledger says"
                self.notes.add("meaning", node.where, sentence)
            else:
                self.notes.add(
                    "left_out", node.where, f"{key}: there are prices by token, and by character for a voice"
                )

    def _costs(self) -> Iterator[tuple[str, Node]]:
        for mapping in (self.info.mapping, self.params.mapping):
            yield from ((key, node) for key, node in mapping.items() if "_cost" in key and "_per_tokens" not in key)
