"""Where a row's backend is: its address, its key, its version and its name among providers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from router.migration.import_report import Notes
from router.migration.litellm.rows.place import Endpoint
from router.migration.litellm.rows.references import References, is_clear_secret, is_secret_name, variable
from router.migration.litellm.rows.upstreams import AZURE, OPENAI, UPSTREAMS, Upstream
from router.migration.source_node import Node

_AZURE_VERSION = "2024-10-21"
_SENDABLE = re.compile(r"[A-Za-z0-9-]+")
_ADDRESS = re.compile(r"https?://(\[[0-9a-fA-F:.]+\]|[^/?#@:\s\[\]]+)(?::[1-9][0-9]{0,4})?(?:/[^?#\s]*)?")
_CREDENTIAL = re.compile(r"auth|key|token|secret|cookie|session|password", re.IGNORECASE)
MOST_TIMEOUT = 3600


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds that the file's settings give every row: for an answer, and to the first token of a stream."""

    whole: Node | None = None
    first_token: Node | None = None


@dataclass(frozen=True, slots=True)
class Addressing:
    """Makes endpoints of rows; faults and sentences are noted."""

    notes: Notes
    references: References
    credentials: Mapping[str, Node]
    times: Times

    def endpoint(self, params: Node, prefix: str) -> Endpoint | None:
        """How the backend of a row is reached; None where that is refused."""
        upstream = UPSTREAMS[prefix]
        params = self._with_credential(params)
        written = params.get("api_base") or params.get("base_url")
        address = self._address(params, written, upstream, prefix)
        key, sound = self._key(params, upstream, own_address=written is not None)
        if address is None or not sound:
            return None
        settings: dict[str, Any] = {"kind": upstream.kind} if upstream.adapter == "openai" else {}
        if written is not None and prefix == "openai":
            settings["kind"] = "compatible" if "api.openai.com" not in address else "openai"
        settings["base_url"] = address
        if prefix == "azure":
            settings |= self._azure(params, address)
        settings |= {"key_env": key} if key else {}
        settings |= self._region(params) | self._headers(params) | self._timeouts(params)
        return Endpoint(self._label(prefix, upstream, settings["base_url"]), upstream.adapter, settings)

    def _with_credential(self, params: Node) -> Node:
        named = params.get("litellm_credential_name")
        if named is None:
            return params
        if (credential := self.credentials.get(named.text)) is None:
            self.notes.add("refused", named.where, f"no credential of credential_list is called {named.text!r}")
            return params
        values = credential.get("credential_values")
        return Node({**(values.mapping if values else {}), **params.mapping}, params.where)

    def _address(self, params: Node, written: Node | None, upstream: Upstream, prefix: str) -> str | None:
        if written is None:
            if upstream.address is not None:
                return upstream.address
            name = f"{prefix.upper()}_API_BASE"
            written = Node(f"os.environ/{name}", params.where)
        value = self.references.value(written, "api_base")
        if value is None:
            return None
        address = re.sub(r"/(chat/completions|embeddings|audio/speech)$", "", value.strip().rstrip("/"))
        if not _is_address(address):
            self.notes.add("refused", written.where, "api_base: write http:// or https://, a host, and perhaps a path")
            return None
        if upstream.version_path and not re.search(r"/v\d+$", address):
            address += "/v1"
            self.notes.add("carried", written.where, "the address ends with /v1 here, where its API is")
        return address

    def _key(self, params: Node, upstream: Upstream, *, own_address: bool) -> tuple[str | None, bool]:
        node = params.get("api_key")
        if node is not None:
            return self.references.key_variable(node, own_address=own_address)
        for name in ("azure_ad_token", "client_secret", "tenant_id"):
            if (other := params.get(name)) is not None:
                self.notes.add("meaning", other.where, f"{name}: there is no sign-in by Entra; a key is asked for")
        if own_address and upstream is OPENAI:
            sentence = f"no key is sent to this address; LiteLLM would send that of {OPENAI.keys[0]} there"
            self.notes.add("meaning", params.where, sentence)
            return None, True
        if not upstream.keys or (own_address and upstream.address is None and upstream is not AZURE):
            return None, True
        sentence = f"no key is written: {upstream.keys[0]} is read, as LiteLLM does"
        self.notes.add("carried", params.where, sentence)
        return upstream.keys[0], True

    def _azure(self, params: Node, address: str) -> dict[str, Any]:
        node = params.get("api_version")
        version = None if node is None else self.references.value(node, "api_version")
        if re.search(r"/openai/v\d+$", address):
            return {"auth": "api-key"} | ({"api_version": version} if version else {})
        if node is None:
            version = _AZURE_VERSION
            self.notes.add("assumed", params.where, f"no api_version is written: {version} is assumed")
        base = re.sub(r"/openai(/deployments(/[^/]*)?)?$", "", address)
        return {
            "base_url": base,
            "style": "azure-deployments",
            "auth": "api-key",
            "api_version": version or _AZURE_VERSION,
        }

    def _region(self, params: Node) -> dict[str, Any]:
        node = params.get("region_name")
        region = None if node is None else self.references.value(node, "region_name")
        return {"region": region} if region else {}

    def _headers(self, params: Node) -> dict[str, Any]:
        nodes = params.get("extra_headers")
        headers = {name: self._header(name, node) for name, node in (nodes.mapping if nodes else {}).items()}
        if (organization := params.get("organization")) is not None:
            headers["OpenAI-Organization"] = self._header("OpenAI-Organization", organization, "organization")
        kept = {name: value for name, value in headers.items() if value}
        return {"headers": kept} if kept else {}

    def _header(self, name: str, node: Node, what: str = "extra_headers") -> str | None:
        if (
            is_secret_name(name)
            or _CREDENTIAL.search(name)
            or is_clear_secret(name, node)
            or not _SENDABLE.fullmatch(name)
            or name.lower() in ("cookie", "host")
        ):
            self.notes.hide(node.text)
            self.notes.add("left_out", node.where, f"the header {name} can't be set: a key is named by `key_env`")
            return None
        if (variable_name := variable(node)) is not None and variable_name not in self.references.around:
            sentence = (
                f"{what}: a header is not read from the environment ({variable_name}): write `headers: {{{name}: "
                f"...}}` of its provider"
            )
            self.notes.add("left_out", node.where, sentence)
            return None
        return self.references.value(node, f"the header {name}")

    def _timeouts(self, params: Node) -> dict[str, Any]:
        whole = self._seconds(params.get("timeout") or self.times.whole)
        first = self._seconds(params.get("stream_timeout") or self.times.first_token)
        if whole is not None and first is None and whole < 60:
            first = whole
        timeouts = {"first_token": first, "whole": whole}
        kept = {name: seconds for name, seconds in timeouts.items() if seconds is not None}
        return {"timeouts": kept} if kept else {}

    def _seconds(self, node: Node | None) -> float | int | None:
        if node is None:
            return None
        value = node.number if variable(node) is None else None
        if value is None or value <= 0:
            self.notes.add("left_out", node.where, "a timeout that is no number of seconds is left out")
            return None
        if value > MOST_TIMEOUT:
            self.notes.add(
                "meaning", node.where, f"{value} s is longer than any timeout here: it becomes {MOST_TIMEOUT} s"
            )
            return MOST_TIMEOUT
        return int(value) if value == value.to_integral_value() else float(value)

    @staticmethod
    def _label(prefix: str, upstream: Upstream, address: str) -> str:
        if address == upstream.address:
            return prefix.replace("_", "-")
        host = _host(address)
        first = host if re.fullmatch(r"[0-9.]+|localhost", host) else host.partition(".")[0]
        return re.sub(r"[^a-z0-9-]+", "-", first.lower()).strip("-") or prefix


def _host(address: str) -> str:
    match = _ADDRESS.fullmatch(address)
    return match[1] if match else ""


def _is_address(address: str) -> bool:
    return bool(_ADDRESS.fullmatch(address)) and address.isascii()
