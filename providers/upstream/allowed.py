"""The allow-list of a backend: which parameters of a request, its messages and their parts go on to it.

Invariant: what stands on no list is left out and noted. What stands on one makes no answer longer, dearer or more than
was held for it, and puts no other model in the place of ours; an operator who allows more answers for that.
"""

from collections.abc import Iterable, Mapping, MutableSequence
from dataclasses import dataclass, replace
from typing import Any

from providers.upstream.notes import note
from router.types.receipt_words import parameter_name

Rule = frozenset[str] | None
"""Which keys of an object, or items of a list, go on; None where all of it does."""
MOST_ALLOWED = 64
# What the router itself says to a backend, or must know of to hold for.
ROUTERS = frozenset(
    {"model", "messages", "input", "stream", "stream_options", "max_tokens", "max_completion_tokens", "n", "fungible"}
)
_INSIDE: Mapping[str, Rule] = {
    "image_url": frozenset({"url", "detail"}),
    "input_audio": frozenset({"data", "format"}),
    "file": frozenset({"file_data", "file_id", "filename"}),
}


@dataclass(frozen=True, slots=True)
class Allowed:
    """What goes on: parameters, each with what of it does; what messages, their parts and calls, and tools hold beside.

    Of a function, in a call or a tool, nothing beside the usual goes on.
    """

    parameters: Mapping[str, Rule]
    messages: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()
    tools: frozenset[str] = frozenset()

    def widened(self, names: Iterable[str] | None) -> "Allowed":
        """The same with more parameters, which an operator allows."""
        return replace(self, parameters={**self.parameters, **dict.fromkeys(names or ())})

    def of_request(self, given: Mapping[str, Any], notes: MutableSequence[str]) -> dict[str, Any]:
        """The parameters that go on."""
        return kept(given, self.parameters, "", notes)

    def of_message(self, extra: Mapping[str, Any], notes: MutableSequence[str]) -> dict[str, Any]:
        """What goes on of what a message holds beside the usual."""
        return kept(extra, dict.fromkeys(self.messages), "messages.", notes)

    def of_part(self, extra: Mapping[str, Any], notes: MutableSequence[str]) -> dict[str, Any]:
        """What goes on of what a part of a message holds beside the usual."""
        return kept(extra, dict.fromkeys(self.parts), "content.", notes)

    def of_call(self, extra: Mapping[str, Any], notes: MutableSequence[str]) -> dict[str, Any]:
        """What goes on of what a call holds beside the usual."""
        return kept(extra, dict.fromkeys(self.calls), "tool_calls.", notes)

    def of_tool(self, extra: Mapping[str, Any], notes: MutableSequence[str]) -> dict[str, Any]:
        """What goes on of what a tool holds beside the usual."""
        return kept(extra, dict.fromkeys(self.tools), "tools.", notes)


def names(*lines: str) -> dict[str, Rule]:
    """Parameters of which all goes on, from lines of their names."""
    return {name: None for line in lines for name in line.split()}


def of_media(kind: str, value: Any, notes: MutableSequence[str]) -> Any:
    """What goes on of a picture, a sound or a file."""
    return _of(value, _INSIDE.get(kind), kind, notes)


def misfit(allow: Iterable[str]) -> str | None:
    """What is wrong with the names that an operator allows."""
    ours = sorted(ROUTERS.intersection(allow))
    return f"{ours[0]} is for the router to say, and can't be allowed" if ours else None


def kept(
    given: Mapping[str, Any], rules: Mapping[str, Rule], place: str, notes: MutableSequence[str]
) -> dict[str, Any]:
    """What goes on by these rules; what does not is noted as something of that place."""
    going: dict[str, Any] = {}
    for name, value in given.items():
        if name not in rules:
            notes.append(note("dropped", parameter_name(f"{place}{name}")))
            continue
        rest = _of(value, rules[name], name, notes)
        if rest or rest == value:
            going[name] = rest
    return going


def _of(value: Any, rule: Rule, name: str, notes: MutableSequence[str]) -> Any:
    """What of a value goes on; nothing of one that is no such object or list as its rule is for."""
    if rule is None:
        return value
    if isinstance(value, Mapping):
        return inside(value, rule, name, notes)
    items = (
        [item for item in value if isinstance(item, str) and item in rule] if isinstance(value, tuple | list) else []
    )
    if items != value:
        notes.append(note("dropped", parameter_name(name)))
    return items


def inside(value: Mapping[str, Any], rule: frozenset[str], name: str, notes: MutableSequence[str]) -> dict[str, Any]:
    """The keys that go on, where they hold a word, a number or a switch."""
    going = {key: item for key, item in value.items() if key in rule and not isinstance(item, Mapping | list | tuple)}
    notes.extend(note("dropped", parameter_name(f"{name}.{key}")) for key in value if key not in going)
    return going
