"""Asks the admin routes of a server, by an admin key.

Invariant: the key goes to the server that was named and to no other, since redirects are not followed; it is in no
error. A server that is not on this machine is asked over https alone.
"""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from router.api.http.admin_auth import GivenKey
from router.errors import BadRequest, ConfigError, Problem, RouterError, Unauthorized

TIMEOUT_S = 120.0
POLICIES = "/admin/v1/policies"
_HERE = ("localhost", "127.0.0.1", "::1")


class Answer(NamedTuple):
    """A body, and the ETag that came with it."""

    body: bytes
    etag: str

    @property
    def json(self) -> Any:
        """The body as data."""
        return json.loads(self.body)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an error, and not another request."""

    def redirect_request(self, *_: Any) -> None:
        """None: nothing is asked elsewhere."""
        return


class AdminClient:
    """The admin routes of one server."""

    def __init__(self, server: str, key_file: Path | None) -> None:
        parts = urlsplit(server)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadRequest(f"--server {server!r} is no address: write one such as https://router.example.")
        if parts.scheme == "http" and parts.hostname not in _HERE:
            raise BadRequest(f"--server {server}: a key is not sent in the clear; write https, or ask on the machine.")
        key = GivenKey(None, key_file).current() if key_file else os.environ.get("FUNGIBLE_ADMIN_KEY")
        if not key:
            raise Unauthorized("An admin key is needed: name a file with --admin-key-file, or set $FUNGIBLE_ADMIN_KEY.")
        self.server = server.rstrip("/")
        self._key = key
        self._opener = urllib.request.build_opener(_NoRedirect())

    def get(self, path: str) -> Answer:
        """What stands at a path; raises RouterError."""
        return self._ask("GET", path, None, {})

    def send(self, method: str, path: str, body: bytes, query: Mapping[str, str], if_match: str = "") -> Answer:
        """Send a policies.yaml; raises ConfigError for one that is refused, and RouterError."""
        headers = {"content-type": "application/yaml"} | ({"if-match": f'"{if_match}"'} if if_match else {})
        return self._ask(method, f"{path}?{urlencode(query)}" if query else path, body, headers)

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        given = {**headers, "authorization": f"Bearer {self._key}"}
        request = urllib.request.Request(f"{self.server}{path}", body, given, method=method)  # noqa: S310
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as reply:
                return Answer(reply.read(), reply.headers.get("etag", "").strip('"'))
        except urllib.error.HTTPError as error:
            raise _refused(self.server, error) from None
        except (urllib.error.URLError, TimeoutError, OSError) as error:
            reason = getattr(error, "reason", error)
            raise RouterError(f"{self.server} can't be asked: {reason}.") from None


def _refused(server: str, error: urllib.error.HTTPError) -> Exception:
    """What the server said of why."""
    try:
        said = json.loads(error.read())["error"]
    except (ValueError, KeyError, TypeError, OSError):
        return RouterError(f"{server} answered {error.code}, and is no server of ours.")
    if problems := said.get("problems"):
        return ConfigError([_problem(each) for each in problems])
    return RouterError(f"{server} answered {error.code}: {said.get('message', '')}")


def _problem(said: Mapping[str, str]) -> Problem:
    hint = said.get("suggestion", "")
    return Problem(said.get("where", ""), said.get("message", ""), f"; {hint}" if hint else "")
