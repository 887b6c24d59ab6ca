"""Signs admins in and out: their key in a form becomes a session, which a cookie names.

Invariant: a key is checked where the admin routes check theirs, so that wrong ones wait just as long and are taken
down; no form of another site is taken.
"""

from urllib.parse import parse_qs, urlsplit

from router.api.http.admin_auth import ADMIN, AdminAuthentication
from router.api.http.asgi import Receive, Scope, Send, header, read_body
from router.api.http.authentication import secret_of
from router.errors import BadRequest, Forbidden, RouterError, Unauthorized
from router.keys.admin import Admin
from router.page.responses import JSON_TYPE, cookie, redirect, send
from router.page.sessions import LONGEST_S, Sessions
from router.page.visit import SESSION, cookies_of

SIGN_IN, SIGN_OUT, LINK = "/sign-in", "/sign-out", "/sign-in/link"
MOST_BYTES = 4096


class SignIn:
    """The doors of the page; `admin` stands before the admin routes, too."""

    def __init__(self, admin: AdminAuthentication, sessions: Sessions) -> None:
        self._admin = admin
        self._sessions = sessions

    async def begin(self, scope: Scope, receive: Receive, send_: Send) -> None:
        """Sign in with the form's key, or with the word of a link; raises RouterError."""
        refuse_foreign(scope)
        form = await _form(scope, receive)
        secret = form.get("key", "").strip()
        if word := form.get("link"):
            secret = self._sessions.redeem(word) or ""
            if not secret:
                raise Unauthorized("That link was used, or is older than two minutes: `fungible open` makes another.")
        admin = await self._admitted(scope, secret.encode())
        name = self._sessions.begin(secret, admin.name, admin.role)
        kept = cookie(scope, SESSION, name, seconds=int(LONGEST_S))
        await redirect(send_, own_path(form.get("next", "/")), [kept])

    async def end(self, scope: Scope, receive: Receive, send_: Send) -> None:
        """Sign out; raises Forbidden without the session's own word."""
        refuse_foreign(scope)
        name = cookies_of(scope).get(SESSION, "")
        session = self._sessions.session(name)
        if session is not None:
            if (await _form(scope, receive)).get("csrf") != session.csrf:
                raise Forbidden("The form is not of this session: load the page again.")
            self._sessions.end(name)
        await redirect(send_, SIGN_IN, [cookie(scope, SESSION, "", seconds=0)])

    async def link(self, scope: Scope, send_: Send) -> None:
        """A link that signs in once, for who shows an admin key; raises RouterError."""
        secret = secret_of(scope) or b""
        await self._admitted(scope, secret)
        body = b'{"path":"' + f"{SIGN_IN}#{self._sessions.link(secret.decode('latin-1'))}".encode() + b'"}'
        await send(send_, 200, body, [(b"content-type", JSON_TYPE), (b"cache-control", b"no-store")])

    async def _admitted(self, scope: Scope, secret: bytes) -> Admin:
        # Reading is the least that a session can do: every role may have one.
        asked = {**scope, "method": "GET"}
        await self._admin.admit(asked, secret)
        admin: Admin = asked[ADMIN]
        return admin


def refuse_foreign(scope: Scope) -> None:
    """Raise Forbidden for what a page of another site sent."""
    origin, host = header(scope, b"origin"), header(scope, b"host")
    site = header(scope, b"sec-fetch-site")
    if (origin is not None and urlsplit(origin).netloc != host) or site not in (None, "same-origin", "none"):
        raise Forbidden("This was sent by a page of another site.", param="origin")


def own_path(text: str) -> str:
    """A path of this server, whatever the text says."""
    parts = urlsplit(text)
    own = text.startswith("/") and not text.startswith(("//", "/\\")) and not parts.netloc and text.isprintable()
    return text if own and text.isascii() else "/"


async def _form(scope: Scope, receive: Receive) -> dict[str, str]:
    body = await read_body(receive, scope, MOST_BYTES)
    try:
        fields = parse_qs(body.decode(), max_num_fields=10)
    except ValueError:
        raise BadRequest("That is no form.") from None
    return {name: values[0] for name, values in fields.items()}


__all__ = ["LINK", "SIGN_IN", "SIGN_OUT", "RouterError", "SignIn", "own_path", "refuse_foreign"]
