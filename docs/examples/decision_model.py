"""A decision model to try `reader: http` with: anything about proofs is hard mathematics. Run it with a port."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def decided(asked: dict[str, str]) -> dict[str, Any]:
    """What is known of a text; leave out what you do not know. Put your own model here."""
    if "prove" in asked["text"].lower():
        return {"tasks": {"math": 0.95, "reasoning": 0.05}, "difficulty": 2.0, "output_tokens": 900}
    return {"difficulty": 0.0}


class Handler(BaseHTTPRequestHandler):
    """Answers each POST with what `decided` says."""

    def do_POST(self) -> None:
        """Read JSON, answer JSON."""
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        body = json.dumps(decided(asked)).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
