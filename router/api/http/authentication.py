"""Who may ask, where keys are asked for: the holder of one that is good.

Invariant: every path needs a key but those that are named here, so that a new one is closed until somebody opens it;
a secret is looked up and forgotten, and never repeated.
"""

from collections.abc import Callable

import orjson
from starlette.requests import Request

from router.api.http.admin_auth import AdminAuthentication
from router.api.http.asgi import Headers, Scope, Send, request_id, send_bytes
from router.errors import Forbidden, NotFound, RouterError, Unauthorized
from router.keys.keyring import Keyring
from router.keys.secret import PREFIX
from router.ledger import Ledger
from router.serving.rate_limiter import RateLimiter
from router.types import Access

ACCESS = "fungible.access"
# Status, body and headers of an error at a path.
RenderError = Callable[[str, RouterError, str], tuple[int, bytes, Headers]]
# What says nothing of anybody's requests; the admin routes have a gate of their own, the log's heads are for all.
OPEN = frozenset({"/", "/healthz", "/readyz", "/openapi.json"})
OPEN_BELOW = ("/admin/", "/v1/log/")
# What an operator may look at without a key: with the admin key, or at this machine where there is none.
ADMIN_TOO = ("/v1/receipts/", "/v1/models", "/v1/feedback")
# It names keys and what is asked of which model: for an operator alone.
METRICS = "/metrics"
_NONE = "Give an API key, as `Authorization: Bearer fgb_...`; `fungible key create NAME` makes one."


def secret_of(scope: Scope) -> bytes | None:
    """The secret that a request brings: as a bearer token, or as other APIs send it."""
    found: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            found[name] = value[7:].strip()
        elif name == b"api-key" or name == b"x-api-key":
            found[name] = value.strip()
    if not found:
        return None
    return found.get(b"authorization") or found.get(b"api-key") or found.get(b"x-api-key")


def access_of(scope: Scope) -> Access | None:
    """What the key of a request grants; None where no keys are asked for, and for an operator."""
    access: Access | None = scope.get(ACCESS)
    return access


def own_receipt(scope: Scope, ledger: Ledger, id: str, param: str = "id") -> bytes:  # noqa: A002
    """The receipt of a request that this key made, or any for an operator; raises NotFound, of others' too."""
    access, found = access_of(scope), ledger.receipt(id)
    if found is None or (access is not None and orjson.loads(found)["ask"]["caller"]["key"] != access.key):
        raise NotFound(f"No receipt has the id {id!r}.", param=param)
    return found


class Authentication:
    """Stands before every route."""

    def __init__(
        self, keyring: Keyring, rate_limiter: RateLimiter, admin_key: str | None, render_error: RenderError
    ) -> None:
        self._keyring = keyring
        self._render_error = render_error
        self._rate_limiter = rate_limiter
        self._gate = AdminAuthentication(admin_key)

    async def admit(self, scope: Scope, send: Send) -> Send | None:
        """What a request that is let in answers through; None for one that is refused, which is answered."""
        path: str = scope["path"]
        if path in OPEN or path.startswith(OPEN_BELOW):
            return send
        try:
            access = await self._access(scope, path)
        except RouterError as error:
            id_ = request_id(scope)
            status, body, extra = self._render_error(path, error, id_)
            await send_bytes(send, status, body, [(b"x-request-id", id_.encode()), *extra])
            return None
        if access is None:
            return send
        scope[ACCESS] = access
        rates = access.rates
        limited = rates.requests_per_minute is not None or rates.tokens_per_minute is not None
        return self._counting(send, access) if limited else send

    async def _access(self, scope: Scope, path: str) -> Access | None:
        """What the request's key grants, or None for an operator; raises Unauthorized."""
        if path == METRICS:
            await self._gate(Request(scope))
            return None
        secret = (secret_of(scope) or b"").decode("latin-1")
        if path.startswith(ADMIN_TOO) and not secret.startswith(PREFIX) and await self._is_operator(scope):
            return None
        if not secret:
            raise Unauthorized(_NONE)
        return await self._keyring.authenticate(secret)

    async def _is_operator(self, scope: Scope) -> bool:
        try:
            await self._gate(Request(scope))
        except (Unauthorized, Forbidden):
            return False
        return True

    def _counting(self, send: Send, access: Access) -> Send:
        """Tell in every answer how far the key's limits are used, in OpenAI's words."""

        async def counted(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *self._standings(access)]}  # type: ignore[misc]
            await send(message)

        return counted  # type: ignore[return-value]

    def _standings(self, access: Access) -> Headers:
        for what, found in self._rate_limiter.standings(access).items():
            name = what.encode()
            yield b"x-ratelimit-limit-" + name, str(found.limit).encode()
            yield b"x-ratelimit-remaining-" + name, str(found.remaining).encode()
            yield b"x-ratelimit-reset-" + name, _span(found.reset_s).encode()


def _span(seconds: int) -> str:
    """Seconds as OpenAI tells them: `1m0s`, `17s`."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
