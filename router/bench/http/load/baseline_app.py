"""The smallest FastAPI app, on the port that is named: the yardstick for what the router adds."""

import sys

import uvicorn
from fastapi import FastAPI, Response

BODY = b'{"id":"chatcmpl-0","object":"chat.completion","created":0,"model":"none","choices":[]}'
app = FastAPI()


@app.post("/v1/chat/completions")
async def answer() -> Response:
    """Fixed bytes."""
    return Response(BODY, media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False)
