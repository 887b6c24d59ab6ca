"""A provider that answers by itself: put your backend's call in the place of `Echo._answer`."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from router.errors import ProviderError
from router.types import Call, Chunk, NamedTool, Provider, ToolCallPiece

_REST = (
    "Every word of this comes from a template; replace the method that made it, and what your backend says will stand "
    "in its place, piece by piece, as it comes."
)


class Echo:
    """Says what it was told, with a greeting; `stream` is all that the router asks of a provider."""

    def __init__(self, greeting: str) -> None:
        self.greeting = greeting

    async def stream(self, call: Call) -> AsyncIterator[Chunk]:
        """Answer in chunks; every choice ends with its reason. Whatever goes wrong leaves as a ProviderError."""
        try:
            for index in range(call.request.choices):
                for chunk in self._choice(call, index):
                    yield chunk
        except (TypeError, ValueError, AttributeError) as error:
            # `rejected` goes to the client; `unavailable`, `timeout` and `rate_limited` let another model step in.
            raise ProviderError("rejected", "The schema that was asked for is none.") from error

    def _choice(self, call: Call, index: int) -> list[Chunk]:
        request = call.request
        if isinstance(request.tool_choice, NamedTool) and request.tools:
            return self._tool_call(call, request.tool_choice.function.name, index)
        pieces = self._answer(call, index)
        # Here a token is a piece; a real backend gets the limit and says `length` by itself.
        limit = request.output_limit
        kept = pieces if limit is None else pieces[:limit]
        reason = "stop" if len(kept) == len(pieces) else "length"
        said = [Chunk(index, piece) for piece in (kept if request.stream else ["".join(kept)])]
        return [*said, Chunk(index, finish_reason=reason)]

    def _answer(self, call: Call, index: int) -> list[str]:
        """The text in pieces; this is where a backend is asked."""
        form = call.request.response_format
        if form is not None and form.type != "text":
            schema = form.json_schema.schema if form.json_schema is not None else {"type": "object"}
            return _cut(json.dumps(_instance(schema or {})))
        words = " ".join(str(message.content or "") for message in call.request.messages if message.role == "user")
        nth = f" (number {index + 1})" if index else ""
        return _cut(f"{self.greeting}{nth}, you said: {words or 'nothing'}. {_REST}")

    def _tool_call(self, call: Call, name: str, index: int) -> list[Chunk]:
        (tool,) = [
            tool for tool in call.request.tools or () if getattr(tool, "function", None) and tool.function.name == name
        ]
        arguments = json.dumps(_instance(dict(tool.function.parameters or {})))
        # Name and id come first, arguments after them, in as many pieces as they take.
        first = Chunk(index, tool_call=ToolCallPiece(0, f"call_{index}", name))
        rest = [Chunk(index, tool_call=ToolCallPiece(0, arguments=piece)) for piece in _cut(arguments)]
        return [first, *rest, Chunk(index, finish_reason="tool_calls")]


def _cut(text: str, size: int = 8) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def _instance(schema: Mapping[str, Any]) -> Any:
    """The smallest value that fits a JSON schema of the usual kind."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "object")
    if kind == "object":
        properties: Mapping[str, Any] = schema.get("properties", {})
        required = schema.get("required", [])
        if not isinstance(required, list):
            raise ValueError("`required` is a list")
        return {name: _instance(properties.get(name, {"type": "string"})) for name in required}
    if kind == "array":
        return [_instance(schema.get("items", {"type": "string"}))] * schema.get("minItems", 0)
    return {"string": "x", "boolean": True, "null": None}.get(kind, schema.get("minimum", 0))


def create(settings: Mapping[str, Any]) -> Provider:
    """The provider of a row of providers.yaml; ValueError names what is wrong in its settings, and repeats no value."""
    unknown = sorted(set(settings) - {"greeting"})
    if unknown:
        raise ValueError(f"{unknown[0]}: unknown key; known is greeting")
    return Echo(str(settings.get("greeting", "Hello")))
