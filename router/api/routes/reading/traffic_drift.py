"""Whether what is asked has drifted, for whoever has an admin key.

Invariant: a look is made at most once in a quarter of an hour, however often somebody asks.
"""

from fastapi import APIRouter, Response

from router.api.routes.json_response import json_response
from router.api.routes.response_schemas import Drift, answers
from router.traffic.drift_watch import DriftWatch


def build_drift(watch: DriftWatch) -> APIRouter:
    """The route that needs an admin key."""
    routes = APIRouter(tags=["admin"], default_response_class=Response)

    @routes.get(
        "/admin/v1/drift",
        summary="Whether tasks, languages, difficulty or calibration of the last days differ from those before",
        responses=answers(Drift),
    )
    def drift() -> Response:
        return json_response({"object": "fungible.drift", **watch.finding().plain()})

    return routes
