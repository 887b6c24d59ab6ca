"""The targets of a Portkey config: each leaf becomes a place where a model answers, or a sentence that says why not.

Invariant: no key and no virtual key comes out; a key becomes the name of a variable.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from router.migration.import_report import Notes
from router.migration.litellm.rows.model_kinds import MODES, identity, mode_by_name
from router.migration.litellm.rows.place import Endpoint, Place, Written
from router.migration.litellm.rows.upstreams import UPSTREAMS, WITHOUT_ADAPTER, guess
from router.migration.source_node import Node

PROVIDERS = {
    "azure-openai": "azure",
    "google": "gemini",
    "mistral-ai": "mistral",
    "x-ai": "xai",
    "together-ai": "together_ai",
    "fireworks-ai": "fireworks_ai",
    "perplexity-ai": "perplexity",
    "novita-ai": "novita",
    "vertex-ai": "vertex_ai",
    "workers-ai": "cloudflare",
    "stability-ai": "stability",
    "nvidia-nim": "nvidia_nim",
}
"""Portkey's names of providers, where others call them otherwise."""
_MAPPED = ("provider", "virtual_key", "api_key", "override_params", "request_timeout", "weight", "name", "custom_host")
_AZURE = ("azure_resource_name", "resource_name", "azure_deployment_id", "deployment_id", "azure_api_version")
_SEEN_ELSEWHERE = ("strategy", "targets", "retry", "cache", "azure_model_name", "api_version")
_GUARDS = re.compile(r"guardrail|hooks?$")
_NAME = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
LONGEST_S = 3600
_AZURE_VERSION = "2024-10-21"


def spelled(node: Node) -> Node:
    """The node with its keys, and those below, as snake_case, which is the other spelling that Portkey takes."""
    if isinstance(node.value, dict):
        return Node({_NAME.sub("_", key).lower(): spelled(each) for key, each in node.value.items()}, node.where)
    if isinstance(node.value, list):
        return Node([spelled(each) for each in node.value], node.where)
    return node


@dataclass(slots=True)
class Targets:
    """Reads the leaves of the tree; `found` are those that can come over."""

    notes: Notes
    found: list[tuple[Node, Place]] = field(default_factory=list)
    _variables: dict[tuple[str, str], str] = field(default_factory=dict)

    def read(self, node: Node, timeout: Node | None = None) -> None:
        """Read a target, or those below it, which inherit its timeout."""
        timeout = node.get("request_timeout") or timeout
        self._guards(node)
        inner = node.get("targets")
        if inner is not None:
            for each in inner.listed:
                self.read(each, timeout)
            return
        if (place := self._place(node, timeout)) is not None:
            self.found.append((node, place))

    @property
    def places(self) -> list[Place]:
        """All places, in the order of the file."""
        return [place for _, place in self.found]

    def below(self, node: Node) -> Iterator[Place]:
        """The places at a target and below it, in the order in which they are asked."""
        inner = node.get("targets")
        if inner is None:
            yield from (place for leaf, place in self.found if leaf is node)
            return
        for each in ordered(node):
            yield from self.below(each)

    def _place(self, node: Node, timeout: Node | None) -> Place | None:
        model, prefix = self._model(node), self._prefix(node)
        if prefix is None or (endpoint := self._endpoint(node, prefix, timeout)) is None:
            return None
        if model is None:
            sentence = "names no model: Portkey takes the client's, and a catalog lists its models: add override_params"
            self.notes.add("left_out", node.where, f"a target of {prefix} {sentence}.model")
            return None
        mode = mode_by_name(model) or "chat"
        if mode not in MODES:
            self.notes.add("left_out", node.where, f"{model!r} has no route here")
            return None
        return Place(
            where=node.where,
            public=model,
            prefix=prefix,
            upstream=model,
            kind=MODES[mode],
            endpoint=endpoint,
            written=Written(),
            identity=identity(model),
            name=named.text if (named := node.get("name")) is not None else "",
            own_address="custom_host" in node.mapping,
        )

    def _model(self, node: Node) -> str | None:
        params = node.get("override_params")
        for key, value in params.mapping.items() if params else ():
            if key != "model":
                sentence = f"override_params.{key}: nothing fixes a parameter here, the client's stays"
                self.notes.add("protection" if key.startswith("max_") else "meaning", value.where, sentence)
        written = node.get("override_params", "model") or node.get("azure_model_name") or _deployment(node)
        if written is None or not written.text:
            return None
        # "@provider/model" names the provider too.
        return written.text.partition("/")[2] if written.text.startswith("@") else written.text

    def _prefix(self, node: Node) -> str | None:
        said = node.get("provider")
        model = node.get("override_params", "model")
        name = said.text if said is not None else ""
        if model is not None and model.text.startswith("@"):
            name = model.text.partition("/")[0]
        if name.startswith("@") or not name:
            name = self._by_key(name.removeprefix("@"), node, model)
        prefix = PROVIDERS.get(name, name.replace("-", "_"))
        if prefix in UPSTREAMS:
            return prefix
        if prefix in WITHOUT_ADAPTER or name:
            why = WITHOUT_ADAPTER.get(prefix, "no provider is known by that name")
            self.notes.add("left_out", node.where, f"a target of {name!r} is left out: {why}")
        else:
            sentence = "no provider is written: its virtual key alone says it, in Portkey's store; write `provider`"
            self.notes.add("left_out", node.where, f"a target is left out: {sentence}")
        return None

    def _by_key(self, slug: str, node: Node, model: Node | None) -> str:
        """The provider that a virtual key's name begins with, or else the one that a model of this name is of."""
        key = node.get("virtual_key")
        words = slug or (key.text if key is not None else "")
        known = [*PROVIDERS, *UPSTREAMS]
        named = max((name for name in known if words.startswith(name)), key=len, default="")
        named = named or (guess(model.text.rpartition("/")[2]) or "" if model is not None else "")
        if named:
            self.notes.add("meaning", node.where, f"no provider is written: {named} is taken, by the name of its key")
        return named

    def _endpoint(self, node: Node, prefix: str, timeout: Node | None) -> Endpoint | None:
        upstream = UPSTREAMS[prefix]
        for name, value in node.mapping.items():
            if name not in (*_MAPPED, *_AZURE, *_SEEN_ELSEWHERE) and not _GUARDS.search(name):
                self.notes.add("left_out", value.where, f"{name}: there is no counterpart")
        if (key := node.get("api_key")) is not None:
            sentence = "api_key: a key in the clear; it is not taken over, but it was in this file: change it"
            self.notes.add("meaning", key.where, sentence, first=True)
        host = node.get("custom_host")
        address = host.text.rstrip("/") if host is not None else upstream.address
        if prefix == "azure" and not address:
            resource = node.get("azure_resource_name") or node.get("resource_name")
            address = f"https://{resource.text}.openai.azure.com" if resource is not None else None
        if address is None or not re.fullmatch(r"https?://[^\s@?#]+", address):
            where = host.where if host is not None else node.where
            sentence = "no address that can be asked: write `custom_host`, a URL"
            self.notes.add("left_out", where, f"a target of {prefix} is left out: {sentence}{_resource(prefix)}")
            return None
        settings: dict[str, Any] = {"kind": upstream.kind} if upstream.adapter == "openai" else {}
        if host is not None and prefix == "openai":
            settings["kind"] = "compatible"
        settings |= self._azure(node) if prefix == "azure" else {}
        settings |= {"base_url": address, "key_env": self._variable(node, prefix)}
        return Endpoint(prefix.replace("_", "-"), upstream.adapter, settings | self._timeouts(timeout))

    def _azure(self, node: Node) -> dict[str, Any]:
        version = node.get("azure_api_version") or node.get("api_version")
        if version is None:
            self.notes.add("assumed", node.where, f"no api_version is written: {_AZURE_VERSION} is assumed")
        text = _AZURE_VERSION if version is None else version.text
        return {"style": "azure-deployments", "auth": "api-key", "api_version": text}

    def _variable(self, node: Node, prefix: str) -> str:
        """The variable of a target's key: one for each virtual key."""
        key = node.get("virtual_key") or node.get("provider")
        keys = UPSTREAMS[prefix].keys or (f"{prefix.upper()}_API_KEY",)
        mine = prefix, key.text if key is not None else ""
        if mine not in self._variables:
            count = sum(known == prefix for known, _ in self._variables) + 1
            self._variables[mine] = keys[0] if count == 1 else f"{keys[0]}_{count}"
            sentence = (
                f"the key of this target is read from {self._variables[mine]}; Portkey's store has it, not the file"
            )
            self.notes.add("meaning", node.where, sentence)
        return self._variables[mine]

    def _timeouts(self, node: Node | None) -> dict[str, Any]:
        """Milliseconds become seconds."""
        if node is None:
            return {}
        if node.number is None or node.number <= 0:
            self.notes.add("left_out", node.where, "request_timeout: no number of milliseconds")
            return {}
        seconds = min(float(node.number) / 1000, LONGEST_S)
        self.notes.add(
            "meaning", node.where, f"request_timeout: {seconds:g} s for each call, 120 s for all of a request's"
        )
        whole = int(seconds) if seconds == int(seconds) else seconds
        return {"timeouts": {"whole": whole, **({"first_token": whole} if seconds < 60 else {})}}

    def _guards(self, node: Node) -> None:
        for key, value in node.mapping.items():
            if _GUARDS.search(key):
                self.notes.add("protection", value.where, f"{key}: nobody looks at words here; ask a guardrail before")


def ordered(node: Node) -> tuple[Node, ...]:
    """The targets below, in the order in which they are asked here: of shares the largest first."""
    inner, mode = node.get("targets"), node.get("strategy", "mode")
    targets = inner.listed if inner is not None else ()
    if mode is None or mode.text != "loadbalance":
        return targets
    return tuple(sorted(targets, key=lambda each: -weight(each)))


def weight(node: Node) -> float:
    """A target's part of the traffic; 1 where none is written."""
    written = node.get("weight")
    return 1.0 if written is None or written.number is None else float(written.number)


def _resource(prefix: str) -> str:
    return ", or `azure_resource_name`" if prefix == "azure" else ""


def _deployment(node: Node) -> Node | None:
    return node.get("azure_deployment_id") or node.get("deployment_id")
