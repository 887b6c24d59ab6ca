"""Reads values that stand in the file, in its own `environment_variables`, or in the environment of the import."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from router.migration.import_report import Notes
from router.migration.source_node import Node
from router.migration.word_lists import words

MARK = "os.environ/"
_REFERENCE = re.compile(r"os\.environ/([A-Za-z_][A-Za-z0-9_]*)")
_UNEXPANDED = re.compile(r"\$\{?[A-Za-z_]")
_USER = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^/@\s]*@")
_SECRET_NAME = re.compile(
    r"(^|[_\-])(api_?key|key|token|secret|password|passwd|credentials?|salt|dsn|authorization)($|[_\-])", re.IGNORECASE
)
_NO_SECRET = re.compile(
    r"(max_|_tokens|tokens_|key_env|_name$|_alias$|key_management_system|cache_key|per_token|_url$)", re.IGNORECASE
)
PLACEHOLDERS = frozenset(
    words(
        "none null empty dummy fake fake-key dummy-key ollama lm-studio lmstudio unused no-key "
        "nokey not-needed notneeded "
        "not-used not-required placeholder local anything any na n/a x xxx - sk-none "
        "sk-no-key-required no-key-required "
        "sk-dummy sk-fake test vllm llama.cpp token-abc123 sk-placeholder"
    )
)


@dataclass(frozen=True, slots=True)
class References:
    """What stands behind names of environment variables: in the file's own section, or around the import."""

    notes: Notes
    written: Mapping[str, Node]
    around: Mapping[str, str]

    def value(self, node: Node, what: str) -> str | None:
        """The text of a value that is no secret; a reference is looked up, and what can't be had is a fault."""
        name = variable(node)
        if name is None:
            return self._plain(node, what)
        if (own := self.written.get(name)) is not None and variable(own) is None:
            return self._plain(own, what)
        if name in self.around:
            sentence = f"{what} is the value that {name} has now; when the variable changes, change the file"
            self.notes.add("meaning", node.where, sentence)
            return self._plain(Node(self.around[name], node.where), what)
        sentence = f"{what} is in the environment variable {name}, which is not set: set it for the import, or write it"
        self.notes.add("refused", node.where, sentence)
        return None

    def _plain(self, node: Node, what: str) -> str | None:
        if MARK in node.text:
            sentence = f"{what}: {MARK} is read only at the beginning of a value, by LiteLLM too; write the value out"
        elif _UNEXPANDED.search(node.text):
            sentence = f"{what}: ${{NAME}} is not expanded, by LiteLLM neither; write the value out"
        elif _USER.search(node.text):
            sentence = f"{what}: a name or password stands in an address in the clear; it is not repeated here"
        else:
            return node.text
        self.notes.add("refused", node.where, sentence)
        return None

    def key_variable(self, node: Node, *, own_address: bool) -> tuple[str | None, bool]:
        """The variable that holds a key, and whether the key is sound; a placeholder beside an own address is none."""
        name = variable(node)
        if name is not None:
            return name, True
        if own_address and node.text.strip().lower() in PLACEHOLDERS:
            self.notes.add("unused", node.where, f"{node.text.strip()!r} is no key: this backend is asked without one")
            return None, True
        if MARK in node.text:
            sentence = f"api_key: {MARK} is read only at the beginning of a value, by LiteLLM too; write {MARK}NAME"
        else:
            sentence = f"a key in the clear: put it into an environment variable and write {MARK}NAME"
        self.notes.add("refused", node.where, sentence)
        return None, False


def variable(node: Node) -> str | None:
    """The name of the environment variable that a value refers to, if that is all it is."""
    match = _REFERENCE.fullmatch(node.text.strip())
    return match[1] if match else None


def is_secret_name(name: str) -> bool:
    """Whether what stands under this key is a secret."""
    return bool(_SECRET_NAME.search(name)) and not _NO_SECRET.search(name)


def is_clear_secret(key: str, node: Node) -> bool:
    """Whether a value is a secret in the clear: by its key, or as a password in an address."""
    text = node.text.strip()
    if not text or MARK in text or isinstance(node.value, bool | int):
        return False
    named = is_secret_name(key) and text.lower() not in PLACEHOLDERS
    return named or bool(_USER.match(text)) or text.startswith(("sk-", "gsk_", "gsk-", "Bearer "))
