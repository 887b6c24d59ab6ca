"""The OpenAPI document is made once, beside the event loop."""

import asyncio
import threading
from typing import Any

import httpx
from fastapi import FastAPI

from router.api.routes.openapi import add_document
from router.api.surfaces.registry import SURFACES


def test_it_is_made_once_and_not_in_the_thread_of_the_loop() -> None:
    app, made = FastAPI(openapi_url=None), list[int]()
    generated = app.openapi

    def noting() -> dict[str, Any]:
        made.append(threading.get_ident())
        return generated()

    app.openapi = noting  # type: ignore[method-assign]
    add_document(app, SURFACES)

    async def ask_twice() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as http:
            return [await http.get("/openapi.json") for _ in range(2)]

    first, second = asyncio.run(ask_twice())
    assert first.json()["paths"].keys() >= SURFACES.paths.keys()
    assert first.content == second.content
    (thread,) = made
    assert thread != threading.get_ident()
