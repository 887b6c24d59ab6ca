"""What clients, operators' tools and collectors ask often, answered as it is: health, metrics and the list of models.

Invariant: the OpenAPI document has these paths from the routes of FastAPI, which take their answers from here; what is
answered here is a GET of exactly such a path.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import orjson

from router import __version__
from router.api.http.asgi import JSON, Headers, Receive, Scope, Send, first_lines, request_id
from router.api.http.authentication import access_of
from router.api.http.error_responses import unexpected
from router.api.http.layers.refusal import RenderError
from router.api.http.middleware import App
from router.api.live_config import LiveConfig
from router.api.model_listing import ANTHROPIC_VERSION, listing
from router.api.prometheus import Metrics
from router.errors import RouterError
from router.serving.service import Service

METRICS_KIND = "text/plain; version=0.0.4; charset=utf-8"
MODELS = "/v1/models"


class PlainAnswer(NamedTuple):
    """An answer that is whole."""

    body: bytes
    status: int = 200
    kind: str = "application/json"


class PlainAnswers:
    """The answers of one server."""

    def __init__(
        self, service: Service, metrics: Metrics, health: Callable[[], dict[str, str]], live_config: LiveConfig
    ) -> None:
        self._service, self._metrics, self._health, self._live_config = service, metrics, health, live_config

    def index(self, _: Scope | None = None) -> PlainAnswer:
        """What this is, and where to go on."""
        return _json(
            {
                "name": "fungible",
                "version": __version__,
                "revision": self._service.config.revision,
                "models": MODELS,
                "openapi": "/openapi.json",
            }
        )

    def healthz(self, _: Scope | None = None) -> PlainAnswer:
        """The process lives."""
        return _json({"status": "ok"})

    def readyz(self, _: Scope | None = None) -> PlainAnswer:
        """Whether requests are answered without delay, and what is waited for."""
        waiting, live_config = self._health(), self._live_config
        revision = self._service.config.revision
        state = {"status": "waiting" if waiting else "ready", "revision": revision, **waiting}
        if live_config.fault:
            # The old configuration serves on: a bad edit must not take the server out of its pool.
            state["configuration"] = f"not sound, revision {revision} stays in force: {live_config.fault}"
        if live_config.keyring.failure:
            state["keys"] = "those that were known are in force; the ledger can't be asked for changes now"
        return _json(state, 503 if waiting else 200)

    def measured(self, _: Scope | None = None) -> PlainAnswer:
        """Prometheus metrics."""
        return PlainAnswer(self._metrics.text(self._service, self._live_config), kind=METRICS_KIND)

    def models(self, scope: Scope) -> PlainAnswer:
        """The models and policies that whoever asks may name, in OpenAI's shape."""
        return _json({"object": "list", "data": listing(self._service.config, access_of(scope))})


def plain_answers(answers: PlainAnswers, quiet: App, failure: RenderError) -> Mapping[str, App]:
    """What answers a GET, by path; lists of models in another shape than OpenAI's are for the `quiet` routes."""

    def models(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        other = ANTHROPIC_VERSION.encode() in first_lines(scope)
        return quiet(scope, receive, send) if other else _answer(answers.models, failure, scope, send)

    def plainly(make: Callable[[Scope], PlainAnswer]) -> App:
        return lambda scope, _, send: _answer(make, failure, scope, send)

    always = {"/": answers.index, "/healthz": answers.healthz, "/readyz": answers.readyz, "/metrics": answers.measured}
    return {MODELS: models, **{path: plainly(make) for path, make in always.items()}}


def _json(data: Mapping[str, Any], status: int = 200) -> PlainAnswer:
    return PlainAnswer(orjson.dumps(data, default=str), status)


async def _answer(make: Callable[[Scope], PlainAnswer], failure: RenderError, scope: Scope, send: Send) -> None:
    more: Headers = ()
    try:
        body, status, kind = make(scope)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is an answer
        known = error if isinstance(error, RouterError) else unexpected(error)
        status, body, more = failure(scope, known, request_id(scope))
        kind = JSON[1].decode()
    head = [(b"content-length", str(len(body)).encode()), (b"content-type", kind.encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})
