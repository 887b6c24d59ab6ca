"""Goes through every setting that is no model, so that none goes without a sentence."""

from dataclasses import dataclass, field

from router.migration.import_report import Kind, Notes
from router.migration.litellm.rows.parameter_names import meant
from router.migration.litellm.rows.references import MARK, is_clear_secret, is_secret_name
from router.migration.litellm.setting_words import CONTENT_GUARDS, SECTIONS, TOP
from router.migration.source_node import Node, Where

_STRATEGIES = {
    "simple-shuffle": (
        "requests are not spread at random: the first place of a model takes all until it is full or fails"
    ),
    "least-busy": (
        "no place is chosen by its load: the first takes all until it is full (`capacity: {in_flight: ...}`) or fails"
    ),
    "latency-based-routing": "no place is chosen by its latency; between models `optimize: latency` does so",
    "usage-based-routing": "no place is chosen by its use: the first takes all until its `capacity` is reached",
    "usage-based-routing-v2": "no place is chosen by its use: the first takes all until its `capacity` is reached",
    "cost-based-routing": (
        "the cheapest within a policy's band is what a policy chooses; places of one model have one price"
    ),
}
# Where nobody may overlook them.
_FIRST = ("guardrails", "prompt_injection_params", "custom_auth", "enable_jwt_auth", "output_parse_pii")
_CALLBACKS = ("success_callback", "failure_callback", "callbacks", "service_callback")


@dataclass(frozen=True, slots=True)
class Settings:
    """Notes a sentence for every key of every section."""

    config: Node
    notes: Notes
    alike: dict[tuple[Kind, str, bool], list[tuple[str, Where]]] = field(default_factory=dict)

    def read(self) -> None:
        """All sections."""
        for key, node in self.config.mapping.items():
            if key == "guardrails":
                self._guardrails(node)
            elif key in TOP:
                self._fate(key, node, TOP[key])
            elif key not in SECTIONS:
                self._unknown_section(key, node)
        for section in SECTIONS:
            written = self.config.get(section)
            for key, node in (written.mapping if written else {}).items():
                self._setting(section, key, node)
        for (kind, sentence, first), keys in self.alike.items():
            listed = ", ".join(key for key, _ in keys)
            self.notes.add(kind, keys[0][1], f"{listed}: {sentence}", first=first)
        self._by_hand()
        self._variables()
        self._secrets()

    def _fate(self, key: str, node: Node, fate: tuple[Kind, str] | None) -> None:
        if fate is None or node.value is None:
            return
        if node.value is False:
            self.notes.add("unused", node.where, f"{key} is off, and needs nothing")
            return
        kind, sentence = fate
        first = kind == "protection" and key in _FIRST
        self.alike.setdefault((kind, sentence, first), []).append((key, node.where))

    def _guardrails(self, node: Node) -> None:
        self._fate("guardrails", node, TOP["guardrails"])
        for guardrail in node.listed:
            name, kind = guardrail.get("guardrail_name"), guardrail.get("litellm_params", "guardrail")
            sentence = f"the guardrail {name.text if name else ''!r} ({kind.text if kind else 'unknown'}) stops"
            self.notes.add("protection", guardrail.where, sentence, first=True)

    def _setting(self, section: str, key: str, node: Node) -> None:
        fates = SECTIONS[section]
        if key in fates:
            self._fate(key, node, fates[key])
            return
        right = next((other for other, keys in SECTIONS.items() if key in keys), None)
        if key == "master_key":
            return
        if right is not None:
            protects = SECTIONS[right][key] is not None and SECTIONS[right][key][0] == "protection"  # type: ignore[index]
            kind: Kind = "protection" if protects or "budget" in key or "fallbacks" in key else "meaning"
            self.notes.add(
                kind,
                node.where,
                f"{key} belongs into {right}: where it stands LiteLLM may not read it, and it was not taken over",
            )
            return
        near = meant(key, fates)
        hint = f"; did you mean {near!r}?" if near else ""
        self.notes.add("left_out", node.where, f"{key!r} of {section} is not known{hint}")

    def _unknown_section(self, key: str, node: Node) -> None:
        if key.startswith("x-"):
            self.notes.add("unused", node.where, f"{key!r} only holds what other lines refer to")
            return
        section = next((name for name, keys in SECTIONS.items() if key in keys), None)
        near = meant(key, (*TOP, *SECTIONS))
        hint = f"; it belongs into {section}" if section else f"; did you mean {near!r}?" if near else ""
        guards = near == "guardrails" or any(word in key for word in ("guard", "injection", "polic"))
        self.notes.add(
            "protection" if guards else "left_out", node.where, f"{key!r} is no section that LiteLLM knows{hint}"
        )

    def _by_hand(self) -> None:
        self._callbacks()
        self._strategy()
        self._drops()
        self._cache()
        for section in SECTIONS:
            self._master_key(section)
        if (node := self.config.get("general_settings", "database_url")) is not None:
            clear = (
                ""
                if node.text.startswith(MARK)
                else "; its password stands in this file in the clear, and is not taken over"
            )
            self.notes.add(
                "meaning",
                node.where,
                (
                    "database_url: keys, teams and spending in LiteLLM's database do not come over; ours is named "
                    f"by `--ledger`{clear}"
                ),
            )
        if (node := self.config.get("general_settings", "completion_model")) is not None:
            self.notes.add(
                "protection",
                node.where,
                "completion_model: requests for every name went to this one model; here each name is what it says",
            )
        for key, instead in (
            ("max_parallel_requests", "`--in-flight` of each key"),
            ("global_max_parallel_requests", "`--max-in-flight` of each server"),
        ):
            if (node := self.config.get("general_settings", key)) is not None:
                self.notes.add("protection", node.where, f"{key}: give it as {instead}; until then it is gone")
        if (node := self.config.get("router_settings", "enable_tag_filtering")) is not None and node.on:
            self.notes.add(
                "meaning",
                node.where,
                (
                    "tags of clients come in `x-fungible-tags` in place of metadata.tags; they choose models by "
                    "rules, and no places"
                ),
            )

    def _master_key(self, section: str) -> None:
        node = self.config.get(section, "master_key")
        if node is None:
            return
        clear = "" if node.text.startswith(MARK) else "; it stands in this file in the clear"
        sentence = (
            f"the master key is not taken over{clear}: set FUNGIBLE_ADMIN_KEY for the admin routes, and "
            "make keys with `fungible key create`"
        )
        self.notes.add("meaning", node.where, sentence)

    def _callbacks(self) -> None:
        for key in _CALLBACKS:
            node = self.config.get("litellm_settings", key)
            for item in node.listed if node else ():
                self._callback(item)

    def _callback(self, item: Node) -> None:
        name = item.text
        if name == "prometheus":
            self.notes.add("unused", item.where, "prometheus: /metrics is there, under other names")
        elif name in ("otel", "arize", "opentelemetry"):
            self.notes.add("unused", item.where, f"{name}: `--telemetry` sends traces and figures to any collector")
        elif any(guard in name for guard in CONTENT_GUARDS):
            self.notes.add(
                "protection",
                item.where,
                f"the callback {name}: a guard here reads no content, so this stops; keep it in front",
                first=True,
            )
        elif "." in name:
            self.notes.add(
                "protection",
                item.where,
                f"the callback {name} is Python of your own: what it checks, changes or records, stops",
            )
        else:
            self.notes.add(
                "left_out",
                item.where,
                f"the callback {name}: nothing is sent there; receipts are in the ledger, traces go out by --telemetry",
            )

    def _strategy(self) -> None:
        node = self.config.get("router_settings", "routing_strategy")
        if node is None:
            return
        near = meant(node.text, _STRATEGIES)
        unknown = f"is not known{f'; did you mean {near!r}?' if near else ''}"
        self.notes.add("meaning", node.where, f"routing_strategy {node.text}: {_STRATEGIES.get(node.text, unknown)}")

    def _drops(self) -> None:
        node = self.config.get("litellm_settings", "drop_params")
        if node is not None and node.on:
            sentence = (
                "drop_params: nothing is dropped by guess: what a backend refuses is named in its row, `parameters: "
                "{drops: [...]}`"
            )
            self.notes.add("meaning", node.where, sentence)

    def _cache(self) -> None:
        node = self.config.get("litellm_settings", "cache")
        if node is not None and node.on:
            kind = self.config.get("litellm_settings", "cache_params", "type")
            semantic = "; nor is a similar question taken for the same" if kind and "semantic" in kind.text else ""
            self.notes.add(
                "meaning",
                node.where,
                f"cache: answers are never kept here, so the same question is asked and paid for again{semantic}",
            )

    def _variables(self) -> None:
        written = self.config.get("environment_variables")
        for name, node in (written.mapping if written else {}).items():
            if is_secret_name(name) and is_clear_secret(name, node):
                self.notes.add(
                    "refused",
                    node.where,
                    f"{name}: a key in the clear; put it into the environment of the server, and take the line out",
                )
            else:
                self.notes.add(
                    "meaning",
                    node.where,
                    (
                        f"{name}: no file sets variables here; what refers to it got its value, whatever else reads "
                        "it must be given it"
                    ),
                )

    def _secrets(self) -> None:
        """Other secrets in the clear, wherever they stand: they are in nobody's output, but they are in the file."""
        for section, node in self.config.mapping.items():
            if section in ("model_list", "environment_variables"):
                continue
            for key, leaf in node.walk():
                if (
                    key not in ("master_key", "database_url")
                    and is_clear_secret(key, leaf)
                    and isinstance(leaf.value, str)
                ):
                    self.notes.add(
                        "meaning",
                        leaf.where,
                        f"{key}: a secret in the clear; it is not taken over, but it was in this file: change it",
                    )
