"""Offers every tool of a request to the model as a function, and finds the client's tool by a function's name.

Invariant: each tool has one function, and no two the same; a function's name is at most 64 letters, digits, `_` and
`-`, and leads back to the client's own name, namespace and kind.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from hashlib import blake2b
from itertools import count
from typing import Literal, NamedTuple

import orjson

from router.api.surfaces.openai_responses.schema import (
    CustomTool,
    FunctionTool,
    HostedTool,
    NamespaceTool,
    RequestTool,
    SearchTool,
)
from router.errors import BadRequest
from router.types import FunctionSpec, Tool
from router.types.custom_tools import CUSTOM_SCHEMA, custom_description

LONGEST_NAME = 64
MOST_FUNCTIONS = 512
_LEGAL = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST_NAME}}}")
_ILLEGAL = re.compile(r"[^A-Za-z0-9_-]")
_DIGEST = 8
OWN_TYPES = ("function", "custom", "namespace")
# How alike two words must be, for one to be taken for a misspelling of the other.
_SLIP = 0.8

ToolKind = Literal["function", "custom", "tool_search"]


class ToolName(NamedTuple):
    """What a client calls one of its tools."""

    name: str
    namespace: str | None = None
    kind: ToolKind = "function"


# A client has at most one search, and it has no name.
SEARCH = ToolName("tool_search", None, "tool_search")


@dataclass(frozen=True, slots=True)
class ToolTable:
    """The tools of one request, in both directions."""

    specs: tuple[FunctionSpec, ...] = ()
    names: Mapping[str, ToolName] = field(default_factory=dict)
    functions: Mapping[ToolName, str] = field(default_factory=dict)

    def function_of(self, name: ToolName) -> str:
        """The function's name of a client's tool, also of one that is no longer offered."""
        return self.functions.get(name) or function_name(name)

    def tool_of(self, function: str) -> ToolName:
        """The client's tool that a model calls; a function that nobody offered keeps its name."""
        return self.names.get(function) or ToolName(function)

    def chosen(self, kind: ToolKind, name: str, namespace: str | None = None) -> str:
        """The function's name of a tool that must be offered; raises BadRequest where it is not."""
        if function := self.functions.get(ToolName(name, namespace, kind)):
            return function
        functions = [function for tool, function in self.functions.items() if tool.name == name and tool.kind == kind]
        if namespace is None and len(functions) == 1:
            return functions[0]
        raise BadRequest(f"tool_choice: no {kind} among the tools is called {name!r}.", param="tool_choice")

    def offered(self, only: frozenset[str] | None = None) -> tuple[Tool, ...] | None:
        """The functions for the model; with `only`, some of them."""
        specs = [spec for spec in self.specs if only is None or spec.name in only]
        return tuple(Tool("function", spec) for spec in specs) or None


NO_TOOLS = ToolTable()


def tool_table(tools: Iterable[RequestTool], notes: dict[str, None]) -> ToolTable:
    """The table of a request's tools; what OpenAI would run itself is left out with a note. Raises BadRequest."""
    specs_by_name: dict[ToolName, FunctionSpec] = {}
    for tool in tools:
        if isinstance(tool, HostedTool):
            _leave_out(tool, notes)
        else:
            specs_by_name.update(_specs(tool, notes))
    if len(specs_by_name) > MOST_FUNCTIONS:
        raise BadRequest(f"tools: there are {len(specs_by_name):,}, and the most is {MOST_FUNCTIONS}.", param="tools")
    # A client's plain names stay as they are, wherever they stand among those that are made.
    functions: dict[ToolName, str] = {}
    taken: set[str] = set()
    for name in sorted(specs_by_name, key=lambda tool: function_name(tool) != tool.name):
        functions[name] = _free(name, taken)
        taken.add(functions[name])
    specs = tuple(_renamed(spec, functions[name]) for name, spec in specs_by_name.items())
    return ToolTable(specs, {function: name for name, function in functions.items()}, functions)


def function_name(tool: ToolName) -> str:
    """A legal name for a tool's function: the client's own where that will do."""
    joined = tool.name if tool.namespace is None else f"{tool.namespace}__{tool.name}"
    return joined if _LEGAL.fullmatch(joined) else _hashed(tool)


def plain_word(name: object) -> str:
    """A client's word, fit for a note."""
    return "".join(letter for letter in str(name) if letter.isprintable())[:80]


def _free(tool: ToolName, taken: set[str]) -> str:
    """A name that no other tool has; a client may call a tool just what another's hash is."""
    names = (_hashed(tool, turn) for turn in count())
    plain = function_name(tool)
    return plain if plain not in taken else next(name for name in names if name not in taken)


def _hashed(tool: ToolName, turn: int = 0) -> str:
    digest = blake2b(orjson.dumps([*tool]), digest_size=_DIGEST // 2, salt=turn.to_bytes(2)).hexdigest()
    joined = tool.name if tool.namespace is None else f"{tool.namespace}__{tool.name}"
    return f"{_ILLEGAL.sub('_', joined)[: LONGEST_NAME - _DIGEST - 1]}_{digest}"


def _leave_out(tool: HostedTool, notes: dict[str, None]) -> None:
    """Note a tool that no model here is offered; raises BadRequest for what is surely a slip of the pen."""
    if meant := get_close_matches(tool.type, OWN_TYPES, n=1, cutoff=_SLIP):
        sentence = f"tools: there is no type {plain_word(tool.type)!r}. Did you mean {meant[0]!r}?"
        raise BadRequest(sentence, param="tools")
    notes[f"dropped:tools.{plain_word(tool.type)}"] = None


def tool_names(tools: Iterable[RequestTool]) -> Iterator[ToolName]:
    """What a client calls its tools, those within a namespace one by one."""
    for tool in tools:
        if isinstance(tool, NamespaceTool):
            yield from (name._replace(namespace=tool.name) for name in tool_names(tool.tools))
        elif isinstance(tool, FunctionTool | CustomTool):
            yield ToolName(tool.name, None, tool.type)


def _specs(
    tool: FunctionTool | CustomTool | NamespaceTool | SearchTool, notes: dict[str, None]
) -> Iterator[tuple[ToolName, FunctionSpec]]:
    if isinstance(tool, SearchTool):
        yield SEARCH, FunctionSpec(SEARCH.name, tool.description, tool.parameters)
        return
    if not isinstance(tool, NamespaceTool):
        yield _spec(tool, None, None, notes)
        return
    about = tool.description
    for inner in tool.tools:
        if isinstance(inner, HostedTool):
            _leave_out(inner, notes)
            continue
        # What is said of all of them is said once, by the first.
        yield _spec(inner, tool.name, about, notes)
        about = None


def _spec(
    tool: FunctionTool | CustomTool, namespace: str | None, about: str | None, notes: dict[str, None]
) -> tuple[ToolName, FunctionSpec]:
    words = [f"About {namespace}: {about}"] if about else []
    words += [tool.description] if tool.description else []
    if isinstance(tool, FunctionTool):
        description = "\n\n".join(words) or None
        return ToolName(tool.name, namespace), FunctionSpec(tool.name, description, tool.parameters, tool.strict)
    form = tool.format
    if form is not None and form.definition:
        notes["approximated:tools.custom.format"] = None
    grammar = {"syntax": form.syntax, "definition": form.definition} if form else None
    description = custom_description(words, grammar)
    return ToolName(tool.name, namespace, "custom"), FunctionSpec(tool.name, description, CUSTOM_SCHEMA)


def _renamed(spec: FunctionSpec, name: str) -> FunctionSpec:
    return FunctionSpec(name, spec.description, spec.parameters, spec.strict)
