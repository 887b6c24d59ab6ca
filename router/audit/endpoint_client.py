"""Asks an endpoint over HTTP, as any client of it would, and gives back what it says and what came along.

Invariant: a redirect is not followed, so that a key goes to no other host; a key is in no error and no repr.
"""

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from socket import gaierror
from typing import Any
from urllib.parse import urlsplit

from router.audit.wire_shapes import Parameters, Protocol, Said, body_of, headers_of, path_of, read
from router.errors import BadRequest

MOST_ANSWER = 8 * 1024 * 1024
TIMEOUT_S = 120.0
# What the newest of OpenAI's models call the limit, and do not take by its old name.
OTHER_LIMIT = "max_completion_tokens"


class CallFailed(Exception):
    """A call brought no answer; `sentence` says why, without a word of what was sent."""

    def __init__(self, sentence: str, status: int | None = None) -> None:
        super().__init__(sentence)
        self.sentence, self.status = sentence, status

    @property
    def may_be_charged(self) -> bool:
        """Whether it may cost something all the same: a refusal does not, an answer that got lost may."""
        return self.status is None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, the headers beside it in small letters, and how long it took."""

    said: Said
    headers: Mapping[str, str]
    seconds: float


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer with status 3xx, and not another request."""

    def redirect_request(self, *_: Any) -> None:
        """None: nothing is asked elsewhere."""
        return


@dataclass(slots=True)
class Endpoint:
    """An address that ends in /v1, a model there, and a key."""

    url: str
    model: str
    protocol: Protocol = "openai"
    key: str | None = field(default=None, repr=False)
    timeout_s: float = TIMEOUT_S
    limit_name: str = "max_tokens"
    gives_logprobs: bool = True

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadRequest(f"{self.url!r} is no address of an endpoint: it begins with http:// or https://.")
        if parts.username or parts.password:
            raise BadRequest("An address with a name or a password in it is refused: give the key by --key-env.")
        self.url = self.url.rstrip("/")

    @property
    def place(self) -> str:
        """The address as it may be shown."""
        return self.url

    def ask(self, prompt: str, wanted: Parameters) -> Reply:
        """Ask once; raises CallFailed."""
        started = time.monotonic()
        while True:
            try:
                data, headers = self._send(path_of(self.protocol), self._body(prompt, wanted))
                break
            except CallFailed as error:
                if error.status != 400 or not self._learns(error.sentence, wanted):
                    raise
        try:
            return Reply(read(self.protocol, json.loads(data)), headers, time.monotonic() - started)
        except ValueError as error:
            raise CallFailed(f"no answer could be read: {str(error)[:100]}") from None

    def _body(self, prompt: str, wanted: Parameters) -> dict[str, Any]:
        asked = replace(wanted, logprobs=wanted.logprobs and self.gives_logprobs)
        return body_of(self.protocol, self.model, prompt, asked, self.limit_name)

    def _learns(self, refusal: str, wanted: Parameters) -> bool:
        """Whether a refusal names something that this endpoint is to be asked otherwise, once and for all."""
        if OTHER_LIMIT in refusal and self.limit_name != OTHER_LIMIT:
            self.limit_name = OTHER_LIMIT
            return True
        if "logprob" in refusal and wanted.logprobs and self.gives_logprobs:
            self.gives_logprobs = False
            return True
        return False

    def models(self) -> tuple[str, ...]:
        """The models that it lists; raises CallFailed."""
        data, _ = self._send("/models", None)
        try:
            return tuple(str(row["id"]) for row in json.loads(data)["data"])
        except (ValueError, KeyError, TypeError):
            raise CallFailed("the list of models is none") from None

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """What another path of it answers to a body; raises CallFailed."""
        data, _ = self._send(path, body)
        try:
            return json.loads(data)
        except ValueError:
            raise CallFailed(f"what {path} answered is no JSON", 200) from None

    def _send(self, path: str, body: Mapping[str, Any] | None) -> tuple[bytes, dict[str, str]]:
        request = urllib.request.Request(  # noqa: S310 - the scheme was looked at
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers=headers_of(self.protocol, self.key),
            method="GET" if body is None else "POST",
        )
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(request, timeout=self.timeout_s) as answer:
                return answer.read(MOST_ANSWER), {name.lower(): value for name, value in answer.headers.items()}
        except urllib.error.HTTPError as error:
            raise CallFailed(self._refusal(error), error.code) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            # Nobody listens there: nothing was sent, as little as with a refusal.
            unsent = 0 if isinstance(reason, ConnectionRefusedError | gaierror) else None
            raise CallFailed(f"could not be asked: {str(reason)[:120]}", unsent) from None

    def _refusal(self, error: urllib.error.HTTPError) -> str:
        """Status and message of a refusal, without the key that an endpoint may repeat."""
        with error:
            try:
                message = json.loads(error.read(64 * 1024))["error"]["message"]
            except (OSError, ValueError, KeyError, TypeError):
                message = error.reason
        words = str(message)[:200]
        return f"answered {error.code}: {words.replace(self.key, '…') if self.key else words}"


def key_from(variable: str | None) -> str | None:
    """The key in an environment variable; raises BadRequest where it is named and not set."""
    if variable is None:
        return None
    if not (key := os.environ.get(variable, "").strip()):
        raise BadRequest(f"${variable} is not set: it should hold the endpoint's key.")
    return key
