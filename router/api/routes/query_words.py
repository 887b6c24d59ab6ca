"""Refuses a query with a word that its route has not, or with one that is there twice.

Invariant: which words a route has is read from the route itself, so that no list of them can be forgotten; whatever a
query says is either obeyed or refused.
"""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from router.errors import BadRequest
from router.suggest import nearest

LONGEST = 60
"""So many characters of an unknown word are said back."""


class OnlyKnownWords(APIRoute):
    """A route that raises BadRequest for a word of the query that is unknown or there twice."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers, once the query was looked at."""
        answer, known = super().get_route_handler(), words_of(self)

        async def checked(request: Request) -> Response:
            if request.query_params:
                _check(request, self.path, known)
            return await answer(request)

        return checked


def _check(request: Request, path: str, known: Sequence[str]) -> None:
    seen = set[str]()
    for name, _ in request.query_params.multi_items():
        shown = name[:LONGEST]
        if name not in known:
            sentence = f"{request.method} {path} takes no {shown!r} in its query.{nearest(shown, known)}"
            raise BadRequest(sentence, param=shown)
        if name in seen:
            raise BadRequest(f"{shown} is in the query more than once: say it once.", param=shown)
        seen.add(name)


def words_of(route: APIRoute) -> tuple[str, ...]:
    """The words that a route takes in its query: the parameters of its function, and what it documents beside."""
    beside: list[dict[str, Any]] = (route.openapi_extra or {}).get("parameters", [])
    return (
        *(field.alias for field in route.dependant.query_params),
        *(each["name"] for each in beside if each["in"] == "query"),
    )
