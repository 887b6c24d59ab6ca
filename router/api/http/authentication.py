"""Who may ask, where keys are asked for: the holder of one that is good.

Invariant: every path needs a key but those that are named here, so that a new one is closed until somebody opens it;
a secret is looked up and forgotten, and never repeated.
"""

from collections.abc import Awaitable
from contextlib import suppress

import orjson

from router.api.http.admin_auth import ROOT, AdminAuthentication
from router.api.http.asgi import Headers, Receive, Scope, Send, first_lines
from router.api.http.layers.refusal import RenderError, refuse
from router.api.http.middleware import App
from router.errors import NotFound, RouterError, Unauthorized
from router.ids import receipt_id
from router.keys.keyring import Keyring
from router.keys.secret import PREFIX
from router.ledger import Ledger
from router.ledger.log.merkle_log import pruned_error
from router.serving.rate_limiter import RateLimiter
from router.types import Access

ACCESS = "fungible.access"
# What says nothing of anybody's requests; the admin routes have a gate of their own, the log's heads are for all.
OPEN = frozenset({"/", "/healthz", "/readyz", "/openapi.json"})
OPEN_BELOW = ("/admin/", "/v1/log/")
# What an admin may look at, too.
ADMIN_TOO = ("/v1/receipts/", "/v1/models", "/v1/feedback")
# It names keys and what is asked of which model: for an operator alone.
METRICS = "/metrics"
_OURS = PREFIX.encode()
_CARRIERS = frozenset({b"authorization", b"api-key", b"x-api-key"})
_NONE = "Give an API key, as `Authorization: Bearer fgb_...`; `fungible key create NAME` makes one."


def secret_of(scope: Scope) -> bytes | None:
    """The secret that a request brings: as a bearer token, or as other APIs send it.

    A client that was set up for another API may send that one's key, too: where there are several, ours counts.
    """
    if _CARRIERS.isdisjoint(first_lines(scope)):
        return None
    secrets: list[tuple[int, bytes]] = []
    for name, value in scope["headers"]:
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            secrets.append((0, value[7:].strip()))
        elif name == b"api-key" or name == b"x-api-key":
            secrets.append((1 if name == b"api-key" else 2, value.strip()))
    if len(secrets) > 1:
        secrets.sort(key=lambda secret: (not secret[1].startswith(_OURS), secret[0]))
    return secrets[0][1] if secrets else None


def access_of(scope: Scope) -> Access | None:
    """What the key of a request grants; None where no keys are asked for, and for an operator."""
    access: Access | None = scope.get(ACCESS)
    return access


def own_receipt(scope: Scope, ledger: Ledger, id: str, param: str = "id") -> bytes:  # noqa: A002
    """The receipt of a request that this key made, or any for an operator, by its id or that of the answer.

    Raises NotFound, of others' too; of one's own that was pruned it says so.
    """
    access, receipt = access_of(scope), ledger.receipt(receipt_id(id))
    entry = ledger.pruned(receipt_id(id)) if receipt is None else None
    if entry is not None and (access is None or entry.key == access.key):
        raise pruned_error(id, entry)
    if receipt is None or (access is not None and orjson.loads(receipt)["ask"]["caller"]["key"] != access.key):
        raise NotFound(f"No receipt has the id {id!r}.", param=param)
    return receipt


def admins_below_root(admin: AdminAuthentication, scope: Scope) -> Awaitable[None] | None:
    """Let pass what is for no admin, and the requests of admins; raises Unauthorized, Forbidden or RateLimited."""
    return admin.admit(scope, secret_of(scope)) if scope["path"].startswith(ROOT) else None


class Authentication:
    """Stands before every route."""

    def __init__(
        self, keyring: Keyring, rate_limiter: RateLimiter, admin: AdminAuthentication, render_error: RenderError
    ) -> None:
        self._keyring = keyring
        self._render_error = render_error
        self._rate_limiter = rate_limiter
        self._admin = admin

    async def __call__(self, serve: App, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, if it is let in."""
        admitted = await self.admit(scope, send)
        if admitted is not None:
            await serve(scope, receive, admitted)

    async def admit(self, scope: Scope, send: Send) -> Send | None:
        """What a request that is let in answers through; None for one that is refused, which is answered."""
        path: str = scope["path"]
        if path in OPEN or path.startswith(OPEN_BELOW):
            return send
        try:
            access = await self._access(scope, path)
        except RouterError as error:
            await refuse(scope, send, error, self._render_error)
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
            await self._admin.admit(scope, secret_of(scope))
            return None
        secret = (secret_of(scope) or b"").decode("latin-1")
        if path.startswith(ADMIN_TOO) and secret and not secret.startswith(PREFIX):
            with suppress(Unauthorized):
                await self._admin.admit(scope, secret_of(scope))
                return None
        if not secret:
            raise Unauthorized(_NONE)
        return await self._keyring.authenticate(secret)

    def _counting(self, send: Send, access: Access) -> Send:
        """Tell in every answer how far the key's limits are used, in OpenAI's words."""

        async def counted(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *self._standings(access)]}  # type: ignore[misc]
            await send(message)

        return counted  # type: ignore[return-value]

    def _standings(self, access: Access) -> Headers:
        for what, standing in self._rate_limiter.standings(access).items():
            name = what.encode()
            yield b"x-ratelimit-limit-" + name, str(standing.limit).encode()
            yield b"x-ratelimit-remaining-" + name, str(standing.remaining).encode()
            yield b"x-ratelimit-reset-" + name, _span(standing.reset_s).encode()


def _span(seconds: int) -> str:
    """Seconds as OpenAI tells them: `1m0s`, `17s`."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
