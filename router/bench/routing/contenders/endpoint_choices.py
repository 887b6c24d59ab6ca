"""What an endpoint would choose: asked by `/v1/route` without a call, or by the model that its answer names.

Invariant: a prompt is asked once; a refusal of one prompt is no choice, a refusal of the caller ends the run in words.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from router.audit.endpoint_client import CallFailed, Endpoint
from router.audit.wire_shapes import Parameters
from router.errors import BadRequest

AT_ONCE = 8
ABOUT_THE_CALLER = (401, 403, 429, None, 0)
NO_SUCH_PATH = (404, 405)
SERVED = "x-fungible-served"


class EndpointChoices:
    """An address that ends in /v1, and behind `#` the name that is asked for (by default `auto`)."""

    def __init__(self, address: str, key: str | None = None) -> None:
        url, _, model = address.partition("#")
        self.endpoint = Endpoint(url, model or "auto", key=key)
        self.decides = True
        self._known: dict[str, str] = {}

    def choose(self, prompts: Sequence[str], advance: Callable[[], object] = lambda: None) -> list[str]:
        """The name that each prompt gets, empty where it is refused; raises BadRequest."""
        waiting = [prompt for prompt in dict.fromkeys(prompts) if prompt not in self._known]
        if waiting:
            self._known[waiting[0]] = self._first(waiting[0])
        with ThreadPoolExecutor(AT_ONCE) as threads:
            for prompt, name in zip(waiting[1:], threads.map(self._ask, waiting[1:]), strict=True):
                self._known[prompt] = name
                advance()
        return [self._known[prompt] for prompt in prompts]

    def _first(self, prompt: str) -> str:
        """The first one says whether the endpoint has decisions alone."""
        try:
            return self._decided(prompt)
        except CallFailed as error:
            if error.status not in NO_SUCH_PATH:
                return self._refused(error)
        self.decides = False
        return self._ask(prompt)

    def _ask(self, prompt: str) -> str:
        try:
            return self._decided(prompt) if self.decides else self._answered(prompt)
        except CallFailed as error:
            return self._refused(error)

    def _decided(self, prompt: str) -> str:
        body = {"model": self.endpoint.model, "messages": [{"role": "user", "content": prompt}]}
        answer = self.endpoint.post("/route", body)
        return str(answer.get("chosen") or "") if isinstance(answer, dict) else ""

    def _answered(self, prompt: str) -> str:
        reply = self.endpoint.ask(prompt, Parameters(max_tokens=1))
        return reply.headers.get(SERVED) or reply.said.model or ""

    def _refused(self, error: CallFailed) -> str:
        if error.status in ABOUT_THE_CALLER:
            raise BadRequest(f"{self.endpoint.place} {error.sentence}. A key is given by --key-env.") from None
        return ""
