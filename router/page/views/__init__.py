"""The views: each makes one page out of what the admin API answers."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from router.page.views.audit_view import audit
from router.page.views.candidate_view import candidate
from router.page.views.decisions_view import decisions, receipt
from router.page.views.keys_view import keys
from router.page.views.models_view import models
from router.page.views.money_view import money
from router.page.views.overview import overview
from router.page.views.plain_views import sign_in
from router.page.views.policies_view import policies
from router.page.views.ramps_view import ramp, ramps
from router.page.views.scenarios_view import scenario, scenarios
from router.page.views.try_view import try_prompt
from router.page.visit import Visit

View = Callable[[Visit, str], Awaitable[tuple[str, Mapping[str, Any]]]]


class Place(NamedTuple):
    """A page: its name in the navigation, what makes it, and whether it is for who has not signed in, too."""

    name: str
    view: View
    open: bool = False


class Found(NamedTuple):
    """A page, and the name in its address where it is about one thing."""

    place: Place
    name: str


_PLACES = {
    "/": Place("overview", overview),
    "/overview": Place("overview", overview),
    "/try": Place("try", try_prompt, open=True),
    "/decisions": Place("decisions", decisions),
    "/policies": Place("policies", policies),
    "/ramps": Place("ramps", ramps),
    "/money": Place("money", money),
    "/models": Place("models", models),
    "/keys": Place("keys", keys),
    "/scenarios": Place("scenarios", scenarios),
    "/audit": Place("audit", audit),
    "/sign-in": Place("sign-in", sign_in, open=True),
}
_OF_ONE = {
    "/decisions/": Place("decisions", receipt),
    "/policies/candidates/": Place("policies", candidate),
    "/ramps/": Place("ramps", ramp),
    "/scenarios/": Place("scenarios", scenario),
}


def place_at(path: str) -> Found | None:
    """The page at a path, or None."""
    if path in _PLACES:
        return Found(_PLACES[path], "")
    for root, place in _OF_ONE.items():
        if path.startswith(root) and (name := path.removeprefix(root)) and "/" not in name:
            return Found(place, name)
    return None
