"""A page in a browser, of somebody who signed in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from api.servers import ADMIN_KEY

from page.conftest import House
from router.page.visit import SESSION

LOCALES = {"en": "en-US", "ko": "ko-KR"}


@contextmanager
def opened(browser: Any, house: House, language: str = "en", theme: str = "light", width: int = 1280) -> Iterator[Any]:
    """A page of somebody who signed in; at the end, no error was seen and nobody else was asked."""
    viewport = {"width": width, "height": 900}
    locale = LOCALES[language]
    context = browser.new_context(viewport=viewport, color_scheme=theme, locale=locale, timezone_id="Asia/Seoul")
    with house.client() as client:
        client.post("/sign-in", data={"key": ADMIN_KEY})
        context.add_cookies([{"name": SESSION, "value": client.cookies[SESSION], "url": house.url}])
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.wrong = wrong = []

    def note(text: str, *, bad: bool) -> None:
        if bad:
            wrong.append(text)

    page.on("console", lambda message: note(message.text, bad=message.type in ("error", "warning")))
    page.on("pageerror", lambda error: note(str(error), bad=True))
    page.on("request", lambda request: note(request.url, bad=not request.url.startswith((house.url, "data:"))))
    yield page
    assert wrong == []
    context.close()
