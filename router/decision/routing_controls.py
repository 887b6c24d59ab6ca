"""What a request asks of its own routing: a mode, some of the models, those that take every parameter, a session.

Invariant: it narrows what its key and its policy allow, and widens nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from router.decision.candidates import permits
from router.decision.names.model_names import known_name
from router.decision.resolve import policy_name
from router.errors import BadRequest
from router.suggest import nearest
from router.types import ChatRequest, Config, Model, Permit
from router.types.chat import ANTHROPIC

Affinity = Literal["adaptive", "sticky", "none"]
MODES = ("balanced", "cost", "quality")
MODE, MODELS = "routing_config.mode", "routing_config.models"
# What every model takes, or nobody sends on.
_NO_PARAMETERS = frozenset({"model", "messages", "stream", "stream_options", "fungible", "user", "metadata", "extra"})
_LIMITS = ("max_tokens", "max_completion_tokens")


@dataclass(frozen=True, slots=True)
class RoutingControls:
    """The controls of one request. `mode` is the name of a policy; `models` are as the client wrote them."""

    mode: str | None = None
    models: tuple[str, ...] | None = None
    require_parameters: bool = False
    affinity: Affinity = "adaptive"
    session: str | None = None


def policy_for(controls: RoutingControls, asked: str, said: str | None, config: Config) -> str | None:
    """The policy that the mode stands for; raises BadRequest where there is none, or two are named."""
    mode = controls.mode
    if mode is None:
        return None
    if mode not in config.policies:
        raise BadRequest(f"{MODE}: no policy here is called {mode!r}.{nearest(mode, config.policies)}", param=MODE)
    named = policy_name(asked, config) or policy_name(known_name(asked, config) or "", config)
    # A policy of the operator's own may guard what another does not.
    other = named if named not in (None, config.default_policy, *MODES) else said
    if other not in (None, mode):
        raise BadRequest(f"{MODE}: {mode!r} is one policy, and {other!r} is asked for beside it: name one.", param=MODE)
    return mode


def narrowed(permit: Permit | None, controls: RoutingControls, request: ChatRequest, config: Config) -> Permit | None:
    """What the key permits, without the models that the request leaves out; raises BadRequest for an unknown one."""
    if controls.models is None and not controls.require_parameters:
        return permit
    listed = None if controls.models is None else {_model(name, config) for name in controls.models}
    given = set(_parameters(request)) if controls.require_parameters else set()
    left = [
        model.id
        for model in config.models
        if (listed is None or model.id in listed) and permits(permit, model.id) and given.isdisjoint(_drops(model))
    ]
    named = known_name(request.model, config)
    if named in {model.id for model in config.models} and listed is not None and named not in listed:
        raise BadRequest(f"{MODELS}: {request.model!r} is asked for, and is not among them.", param=MODELS)
    return replace(permit or Permit(), models=tuple(left))


def _model(name: str, config: Config) -> str:
    ids = [model.id for model in config.models]
    found = known_name(name, config, swap=False)
    if found not in ids:
        raise BadRequest(f"{MODELS}: no model is called {name!r}.{nearest(name, ids)}", param=MODELS)
    return str(found)


def _parameters(request: ChatRequest) -> Iterator[str]:
    """The names of all that a request sets."""
    for name in ChatRequest.__slots__:
        if name not in _NO_PARAMETERS and getattr(request, name) is not None:
            yield name
    yield from (name for name, value in (request.extra or {}).items() if name != ANTHROPIC and value is not None)


def _drops(model: Model) -> Sequence[str]:
    """The parameters that a model does not take; a limit that it knows by another name is none."""
    drops = model.parameters.drops if model.parameters is not None else ()
    return drops if set(_LIMITS) <= set(drops) else [name for name in drops if name not in _LIMITS]
