"""Any value of ours as a response in JSON."""

import orjson
from fastapi import Response


def json_response(data: object, status: int = 200) -> Response:
    """Any value of ours as JSON."""
    return Response(orjson.dumps(data, default=str), status_code=status, media_type="application/json")
