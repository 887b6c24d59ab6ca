"""Stands before the admin routes: serves pages to browsers, and lends scripts the rights of who signed in.

Invariant: what a session adds to a request is its key, never more; a change needs the session's own word beside the
cookie, so that no other site can order one. Whoever is no browser sees nothing of all this.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from hmac import compare_digest
from secrets import token_urlsafe

import orjson

from router.api.http.admin_auth import AdminAuthentication
from router.api.http.asgi import Receive, Scope, Send, header
from router.api.http.error_responses import failure_bytes, unexpected
from router.api.http.middleware import App, Middleware
from router.errors import Forbidden, RouterError
from router.page import assets
from router.page.api_client import ApiClient, Refused
from router.page.catalogs import LANGUAGES
from router.page.rendering import render
from router.page.responses import JSON_TYPE, compresses, cookie, redirect, send, send_page
from router.page.sessions import Session, Sessions
from router.page.sign_in import LINK, SIGN_IN, SIGN_OUT, SignIn, own_path
from router.page.views import Found, Place, place_at
from router.page.visit import LANGUAGE, SESSION, THEME, THEMES, Visit, cookies_of, visit_of

# What a session may ask for: the admin's routes, and what an admin may look at beside.
_LENT = ("/admin/", "/v1/receipts/", "/v1/models", "/metrics")
_DOORS = (SIGN_IN, SIGN_OUT, LINK)
_CSRF = b"x-csrf-token"
_YEAR = 365 * 24 * 3600
_CHOICES = {"lang": (LANGUAGE, LANGUAGES), "theme": (THEME, (*THEMES, "auto"))}


def browser_page(*, keys: bool, sessions: Sessions | None = None) -> Callable[[AdminAuthentication], Middleware]:
    """The layer, once it knows who stands before the admin routes; with `keys`, whoever asks a model needs one."""
    return lambda admin: BrowserPage(admin, sessions or Sessions(), keys=keys)


class BrowserPage:
    """What browsers see of one server."""

    def __init__(self, admin: AdminAuthentication, sessions: Sessions, *, keys: bool) -> None:
        self._sessions = sessions
        self._keys = keys
        self._doors = SignIn(admin, sessions)

    def __call__(self, serve: App, scope: Scope, receive: Receive, send_: Send) -> Awaitable[None]:
        """Serve one request, or pass it on; what a model is asked never concerns a browser."""
        path = scope["path"]
        if scope["method"] == "POST" and path not in _DOORS and not path.startswith(_LENT):
            return serve(scope, receive, send_)
        return self._serve(serve, scope, receive, send_)

    async def _serve(self, serve: App, scope: Scope, receive: Receive, send_: Send) -> None:
        path, reads = scope["path"], scope["method"] in ("GET", "HEAD")
        try:
            if path.startswith(assets.ROOT) and reads:
                status, body, headers = assets.answer(path, compressed=compresses(scope))
                await send(send_, status, body, headers)
            elif path in _DOORS and scope["method"] == "POST":
                await self._door(path, serve, scope, receive, send_)
            elif reads and (place := _place(scope)) is not None:
                await self._show(place, serve, scope, send_)
            else:
                await serve(self._lent(scope), receive, send_)
        except RouterError as error:
            status, failure, more = failure_bytes(error)
            await send(send_, status, failure, [(b"content-type", JSON_TYPE), *more])

    def _lent(self, scope: Scope) -> Scope:
        """The request with the session's key, where it brings none of its own; raises Forbidden."""
        if not scope["path"].startswith(_LENT) or header(scope, b"authorization") is not None:
            return scope
        session = self._session(scope)
        if session is None:
            return scope
        if scope["method"] not in ("GET", "HEAD"):
            given = header(scope, _CSRF) or ""
            if not compare_digest(given.encode(), session.csrf.encode()):
                raise Forbidden("A change needs the word of this session, as `x-csrf-token`: load the page again.")
        bearer = (b"authorization", f"Bearer {session.secret}".encode())
        return {**scope, "headers": [*scope["headers"], bearer]}

    def _session(self, scope: Scope) -> Session | None:
        name = cookies_of(scope).get(SESSION)
        return self._sessions.session(name) if name else None

    async def _door(self, path: str, serve: App, scope: Scope, receive: Receive, send_: Send) -> None:
        try:
            if path == LINK:
                await self._doors.link(scope, send_)
            elif path == SIGN_OUT:
                await self._doors.end(scope, receive, send_)
            else:
                await self._doors.begin(scope, receive, send_)
        except RouterError as error:
            if path != SIGN_IN:
                raise
            visit = self._visit(serve, scope, None)
            body = render(visit, "sign_in.html", fault=error.message, next="/", place="sign-in", state=None)
            await send_page(scope, send_, error.status, body, visit.nonce)

    def _visit(self, serve: App, scope: Scope, session: Session | None) -> Visit:
        api = ApiClient(serve, scope, session.secret if session else None)
        return visit_of(scope, session, api, open_=not self._keys, nonce=token_urlsafe(16))

    async def _show(self, found: Found, serve: App, scope: Scope, send_: Send) -> None:
        visit = self._visit(serve, scope, self._session(scope))
        for word, (name, allowed) in _CHOICES.items():
            if (choice := visit.query.get(word)) in allowed:
                kept = cookie(scope, name, choice, seconds=_YEAR, script=True)
                await redirect(send_, own_path(visit.url(**{word: None})), [kept])
                return
        if visit.session is None and not found.place.open:
            await redirect(send_, f"{SIGN_IN}?next={own_path(visit.url())}" if visit.path != "/" else SIGN_IN)
            return
        status, body = await _drawn(found.place, visit, found.name)
        if visit.data_only:
            data = orjson.dumps(visit.api.answers, default=str)
            await send(send_, status, data, [(b"content-type", JSON_TYPE), (b"cache-control", b"no-store")])
        else:
            await send_page(scope, send_, status, body, visit.nonce)


async def _drawn(place: Place, visit: Visit, name: str) -> tuple[int, bytes]:
    """Status and page; what the API refuses is a page, too."""
    try:
        template, values = await place.view(visit, name)
    except Refused as refused:
        # What is wrong with the ledger is for who runs it, who is the one to read this.
        wrong = (await visit.api.ready()).get("ledger", "") if refused.status == 503 and visit.session else ""
        return refused.status, _refusal(visit, place, refused, wrong)
    except Exception as error:  # noqa: BLE001 - our own fault: the log has the trace, the reader a page
        return 500, _refusal(visit, place, Refused(500, "error", unexpected(error).message))
    if visit.data_only:
        return 200, b""
    state = {"configuration": "", **await visit.api.ready()} if visit.session else None
    # Templates take milliseconds, in which the loop has requests to serve.
    drawn = partial(render, visit, template, place=place.name, state=state, **values)
    return 200, await asyncio.to_thread(drawn)


def _refusal(visit: Visit, place: Place, refused: Refused, wrong: str = "") -> bytes:
    kind = refused.status if refused.status in (401, 403, 404) else 500
    return render(visit, "refused.html", place=place.name, state=None, refused=refused, kind=kind, wrong=wrong)


def _place(scope: Scope) -> Found | None:
    """The page that a browser asks for; at `/` programs get what they always got."""
    if scope["path"] == "/" and "text/html" not in (header(scope, b"accept") or ""):
        return None
    return place_at(scope["path"].removesuffix(".json"))
