"""A server of the Model Context Protocol over stdio with one tool, `weather`."""

import json
import sys
from typing import Any

TOOL = {
    "name": "weather",
    "description": "The weather in a city.",
    "inputSchema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


def result(method: str, params: dict[str, Any]) -> dict[str, Any]:
    """What a request comes to."""
    if method == "initialize":
        about = {"name": "sky", "version": "1"}
        return {"protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": about}
    if method == "tools/list":
        return {"tools": [TOOL]}
    if method == "tools/call":
        return {"content": [{"type": "text", "text": f"21 degrees in {params['arguments']['city']}"}]}
    return {}


for line in sys.stdin:
    asked = json.loads(line)
    if "id" in asked:
        answer = {"jsonrpc": "2.0", "id": asked["id"], "result": result(asked["method"], asked.get("params") or {})}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
