"""A small endpoint for audits: answers in the voice of a model, as OpenAI's or Anthropic's API would."""

import json
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[int, str], tuple[str, str]]
"""From the number of the call and the prompt to the model that it says it is, and the text."""
CHANCE = random.SystemRandom()
WORDS = ["map", "river", "lake", "hill", "road", "town", "field", "stone", "bridge", "coast"]


def plain(name: str = "model-a") -> Answer:
    """One voice, with words that vary."""
    return lambda number, prompt: (name, f"The answer to {prompt} is a {_word()} and a {_word()}.")


def other(name: str = "model-a") -> Answer:
    """Another voice, under the same name unless said."""
    return lambda number, prompt: (
        name,
        f"Certainly! As for {prompt}: {_word()}, or perhaps {_word()}!",
    )


def mixed(share: float, name: str = "model-b") -> Answer:
    """The one voice, and for a share of calls the other under a name of its own."""

    def answer(number: int, prompt: str) -> tuple[str, str]:
        return (other(name) if CHANCE.random() < share else plain())(number, prompt)

    return answer


@contextmanager
def endpoint(
    answer: Answer, *, broken: int = 0, usage: bool = True, headers: dict[str, str] | None = None
) -> Iterator["Serving"]:
    """An endpoint on loopback; every `broken`-th call is refused with 500 (all of them with 1)."""
    serving = Serving(answer, broken, usage, headers or {})
    thread = threading.Thread(target=serving.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield serving
    finally:
        serving.server.shutdown()
        serving.server.server_close()


class Serving:
    """The server, and what it was asked."""

    def __init__(self, answer: Answer, broken: int, usage: bool, headers: dict[str, str]) -> None:
        self.asked: list[dict[str, Any]] = []
        self.heads: list[dict[str, str]] = []
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                self._send(200, {"data": [{"id": "model-a"}, {"id": "model-c"}]})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                with outer._lock:
                    outer.asked.append(body)
                    outer.heads.append({name.lower(): value for name, value in self.headers.items()})
                    number = len(outer.asked)
                if broken and number % broken == 0:
                    self._send(500, {"error": {"message": f"broken, {self.headers.get('authorization')}"}})
                    return
                name, text = answer(number, body["messages"][-1]["content"])
                self._send(200, (_anthropic if self.path.endswith("/messages") else _openai)(name, text, usage))

            def _send(self, status: int, body: dict[str, Any]) -> None:
                data = json.dumps(body).encode()
                self.send_response(status)
                for name, value in {**headers, "content-length": str(len(data))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"


def _word() -> str:
    return CHANCE.choice(WORDS)


def _openai(name: str, text: str, usage: bool) -> dict[str, Any]:
    counted = {"usage": {"prompt_tokens": 10, "completion_tokens": 20}} if usage else {}
    choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {"model": name, "choices": [choice], "system_fingerprint": "fp_1", **counted}


def _anthropic(name: str, text: str, usage: bool) -> dict[str, Any]:
    counted = {"usage": {"input_tokens": 10, "output_tokens": 20}} if usage else {}
    return {"model": name, "content": [{"type": "text", "text": text}], "stop_reason": "end_turn", **counted}
