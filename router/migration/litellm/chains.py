"""Aliases of public names, and who steps in for whom: after a failure, or where a request is too long."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from router.migration.import_report import Notes
from router.migration.litellm.model_groups import Group
from router.migration.litellm.rows.parameter_names import meant
from router.migration.source_node import Node, Where

_PLACES = ("router_settings", "litellm_settings")
MOST_ATTEMPTS = 4


@dataclass(slots=True)
class Chain:
    """Public names that step in for another one, in order."""

    where: Where
    failure: list[str] = field(default_factory=list)
    too_long: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Chains:
    """Reads aliases and fallbacks of both places; names that do not exist are faults.

    `rows` are the public names that have a row, left out or not; `others` are names of policies.
    """

    config: Node
    groups: Mapping[str, Group]
    rows: Mapping[str, Where]
    others: frozenset[str]
    notes: Notes
    aliases: dict[str, str] = field(default_factory=dict)
    chains: dict[str, Chain] = field(default_factory=dict)

    def read(self) -> None:
        """Read everything."""
        self._aliases()
        for key, node in self._pairs("fallbacks"):
            self._failure(key, node)
        for key, node in self._pairs("context_window_fallbacks"):
            self._too_long(key, node)
        for _, node in self._pairs("content_policy_fallbacks"):
            sentence = "content_policy_fallbacks: a filtered answer goes to the client; no second model is asked"
            self.notes.add("protection", node.where, sentence)
        for section in _PLACES:
            everybody = self.config.get(section, "default_fallbacks")
            if everybody is not None:
                self._default(everybody)
        self._noted_long()

    def of(self, public: str) -> Chain | None:
        """Who steps in for a public name, if anybody."""
        chain = self.chains.get(public)
        return chain if chain and (chain.failure or chain.too_long) else None

    def _pairs(self, key: str) -> Iterator[tuple[str, Node]]:
        for section in _PLACES:
            node = self.config.get(section, key)
            for pair in node.listed if node else ():
                yield from ((name, Node(target.value, target.where)) for name, target in pair.mapping.items())

    def _aliases(self) -> None:
        written = [
            self.config.get("router_settings", "model_group_alias"),
            self.config.get("litellm_settings", "model_alias_map"),
        ]
        for name, node in (pair for mapping in written if mapping for pair in mapping.mapping.items()):
            target = (node.get("model") or node).text
            if "*" in name:
                self.notes.add("left_out", node.where, f"the alias {name!r}: a pattern may hide what a client meant")
            elif name in self.rows or name == "auto":
                self.notes.add("left_out", node.where, f"the alias {name!r} has the name of a model")
            elif (known := self._known(target, node.where)) is not None:
                self.aliases[name] = known
                self._noted(name, known, node)

    def _noted(self, name: str, target: str, node: Node) -> None:
        hidden = node.get("hidden")
        listed = "" if hidden is not None and hidden.on else "; /v1/models does not list it"
        self.notes.add("carried", node.where, f"the alias {name!r} means {target!r}{listed}")

    def _known(self, target: str, where: Where) -> str | None:
        """A public name that came over; a name that was left out is told, one that does not exist is a fault."""
        target = self.aliases.get(target, target)
        if target in self.groups or target in self.others:
            return target
        if target in self.rows:
            self.notes.add(
                "protection", where, f"{target!r} is not there to step in, or to be meant: its row was left out"
            )
            return None
        near = meant(target, self.rows, 0.6)
        hint = f"; did you mean {near!r}?" if near else ""
        self.notes.add("refused", where, f"no model_name is called {target!r}{hint}")
        return None

    def _failure(self, key: str, node: Node) -> None:
        if key == "*":
            self._default(node)
            return
        name = self._source(key, node.where)
        if name is None:
            return
        chain = self.chains.setdefault(name, Chain(node.where))
        for item in node.listed or (node,):
            chain.failure += self._targets(name, item, chain.failure)

    def _too_long(self, key: str, node: Node) -> None:
        name = self._source(key, node.where)
        if name is None:
            return
        chain = self.chains.setdefault(name, Chain(node.where))
        for item in node.listed:
            chain.too_long += self._targets(name, item, chain.too_long)
        if name in self.groups and self.groups[name].members[0].written.context is None:
            sentence = (
                f"{name!r} gives way where a request is too long: its context is assumed, and must be right for that"
            )
            self.notes.add("assumed", node.where, sentence)

    def _source(self, key: str, where: Where) -> str | None:
        key = self.aliases.get(key, key)
        if key in self.groups or key in self.others:
            return key
        if key in self.rows:
            self.notes.add("left_out", where, f"a chain of {key!r}, whose row was left out")
            return None
        near = meant(key, self.rows, 0.6)
        hint = f"; did you mean {near!r}?" if near else ""
        self.notes.add("refused", where, f"no model_name is called {key!r}: this chain never applied{hint}")
        return None

    def _targets(self, name: str, item: Node, before: list[str]) -> list[str]:
        if item.mapping:
            self.notes.add("meaning", item.where, "a fallback with parameters of its own: only its model is taken over")
        target = self._known((item.get("model") or item).text, item.where)
        if target is None or target in (name, *before):
            return []
        if target not in self.groups or self.groups[target].kind != self._kind(name):
            self.notes.add("left_out", item.where, f"{target!r} can't step in for {name!r}: it is no model of its kind")
            return []
        if self._kind(name) == "embeddings":
            self.notes.add(
                "left_out",
                item.where,
                f"{target!r} can't step in for {name!r}: vectors of two models cannot be compared",
            )
            return []
        return [target]

    def _kind(self, name: str) -> str:
        return self.groups[name].kind if name in self.groups else "chat"

    def _default(self, node: Node) -> None:
        targets = [known for item in node.listed if (known := self._known(item.text, item.where)) in self.groups]
        for name, group in self.groups.items():
            if group.kind != "chat" or name in targets:
                continue
            chain = self.chains.setdefault(name, Chain(node.where))
            chain.failure += [
                target
                for target in targets
                if target and target not in chain.failure and self.groups[target].kind == "chat"
            ]

    def _noted_long(self) -> None:
        for name, chain in self.chains.items():
            if len(chain.failure) >= MOST_ATTEMPTS:
                left = ", ".join(chain.failure[MOST_ATTEMPTS - 1 :])
                sentence = f"{name!r}: a request has at most {MOST_ATTEMPTS} attempts, so {left} may never be reached"
                self.notes.add("meaning", chain.where, sentence)
