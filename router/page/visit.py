"""One request of a browser for a page: what it asks for, in which language and theme, and who is signed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from router.api.http.asgi import Scope, header, joined_header
from router.page.api_client import ApiClient
from router.page.catalogs import LANGUAGES, catalog, preferred, text
from router.page.number_words import zone_of
from router.page.sessions import Session

SESSION, LANGUAGE, THEME, ZONE = "fungible_session", "fungible_language", "fungible_theme", "fungible_zone"
THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a view is given. `theme` is empty where the browser's own is taken; `open` says that no key is asked for."""

    path: str
    query: Mapping[str, str]
    language: str
    theme: str
    zone: ZoneInfo
    session: Session | None
    api: ApiClient
    open: bool
    nonce: str
    data_only: bool = False

    def t(self, key: str, **values: object) -> str:
        """A text in the visit's language."""
        return text(self.language, key, **values)

    def raw(self, key: str) -> str:
        """A text whose places for values a script fills."""
        return catalog(self.language)[key]

    def texts(self, *beginnings: str) -> dict[str, str]:
        """The texts whose keys begin so, for a script."""
        return {key: said for key, said in catalog(self.language).items() if key.startswith(beginnings)}

    def url(self, **changes: object) -> str:
        """This page's address with some of its query changed; None takes a word away."""
        # A part is asked for by the page itself, never by a link on it.
        query = {**{name: value for name, value in self.query.items() if name != "part"}, **changes}
        said = urlencode({name: value for name, value in query.items() if value not in (None, "")})
        return f"{self.path}?{said}" if said else self.path

    def choice(self, word: str, allowed: Sequence[str], first: int = 0) -> str:
        """A word of the query that is one of these, or else the `first` of them."""
        said = self.query.get(word, "")
        return said if said in allowed else allowed[first]

    @property
    def other_language(self) -> str:
        """The language that this one can be changed for."""
        return next(language for language in LANGUAGES if language != self.language)

    def may(self, role: str) -> bool:
        """Whether who is signed in may do what needs that role."""
        return self.session is not None and self.session.may(role)


def cookies_of(scope: Scope) -> dict[str, str]:
    """The cookies of a request; none where they can't be read."""
    try:
        jar = SimpleCookie(joined_header(scope, b"cookie") or "")
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items()}


def visit_of(scope: Scope, session: Session | None, api: ApiClient, *, open_: bool, nonce: str) -> Visit:
    """The visit that a request is."""
    cookies = cookies_of(scope)
    language = cookies.get(LANGUAGE, "")
    query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), max_num_fields=50))
    theme = cookies.get(THEME, "")
    visit = Visit(
        path=scope["path"],
        query=query,
        language=language if language in LANGUAGES else preferred(header(scope, b"accept-language") or ""),
        theme=theme if theme in THEMES else "",
        zone=zone_of(cookies.get(ZONE, "UTC")),
        session=session,
        api=api,
        open=open_,
        nonce=nonce,
    )
    if visit.path.endswith(".json"):
        return replace(visit, path=visit.path.removesuffix(".json"), data_only=True)
    return visit
