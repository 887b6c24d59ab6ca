"""When a stub calls a tool, and which.

Invariant: where a tool must be called, one is; where it may be, the user's last words must mention it.
"""

from providers.stub.words import keywords
from router.errors import ProviderError
from router.types import ChatRequest, FunctionSpec, NamedTool
from router.types.chat import NamedCustom

RESULT_ROLES = ("tool", "function")


def tool_result(request: ChatRequest) -> str | None:
    """What a tool returned, where that is the conversation's last message."""
    last = request.messages[-1]
    return last.text if last.role in RESULT_ROLES else None


def chosen_tool(request: ChatRequest) -> FunctionSpec | None:
    """The function to call, or None to answer in text."""
    if not request.tools or not request.wants_tools:
        return None
    specs = [tool.function for tool in request.tools]
    if isinstance(request.tool_choice, NamedTool | NamedCustom):
        return _named(specs, request.tool_choice.function.name)
    shared, best = _best(specs, _last_user_words(request))
    if request.tool_choice == "required":
        return best
    return best if shared and request.messages[-1].role == "user" else None


def _named(specs: list[FunctionSpec], name: str) -> FunctionSpec:
    for spec in specs:
        if spec.name == name:
            return spec
    raise ProviderError("rejected", f"tool_choice names `{name}`, which is not among the tools", code="tool_choice")


def _best(specs: list[FunctionSpec], said: set[str]) -> tuple[int, FunctionSpec]:
    """The function that shares most words with what was said; the first of equals."""
    shares = [len(said & _words_of(spec)) for spec in specs]
    most = max(shares)
    return most, specs[shares.index(most)]


def _words_of(spec: FunctionSpec) -> set[str]:
    properties = (spec.parameters or {}).get("properties")
    names = [str(name) for name in properties] if isinstance(properties, dict) else []
    return set(keywords(" ".join([spec.name, spec.description or "", *names])))


def _last_user_words(request: ChatRequest) -> set[str]:
    for message in reversed(request.messages):
        if message.role == "user":
            return set(keywords(message.text))
    return set()
