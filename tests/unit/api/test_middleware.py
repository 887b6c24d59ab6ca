"""One ordered list stands around every route."""

import asyncio
from typing import Any

from router.api.http.middleware import App, Middleware, fold


def naming(name: str, seen: list[str]) -> Middleware:
    async def layer(serve: App, scope: Any, receive: Any, send: Any) -> None:
        seen.append(f"{name} in")
        await serve(scope, receive, send)
        seen.append(f"{name} out")

    return layer


def test_the_first_of_the_list_stands_outermost_and_none_stands_for_nothing() -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append("app")

    asyncio.run(fold([naming("a", seen), None, naming("b", seen)], app)({}, None, None))  # type: ignore[arg-type, func-returns-value]
    assert seen == ["a in", "b in", "app", "b out", "a out"]
