"""Refuses a query with a word that its route has not, or with one that is there twice.

Invariant: which words a route has is read from the route itself, so that no list of them can be forgotten; whatever a
query says is either obeyed or refused.
"""

from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute

from router.errors import BadRequest
from router.suggest import nearest

LONGEST = 60
"""So many characters of an unknown word are said back."""


async def only_known_words(request: Request) -> None:
    """A dependency of routes; raises BadRequest for a word of the query that is unknown or there twice."""
    route = request.scope.get("route")
    if not request.query_params or not isinstance(route, APIRoute):
        return
    known, seen = words_of(route), set[str]()
    for name, _ in request.query_params.multi_items():
        shown = name[:LONGEST]
        if name not in known:
            said = f"{request.method} {route.path} takes no {shown!r} in its query.{nearest(shown, known)}"
            raise BadRequest(said, param=shown)
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
