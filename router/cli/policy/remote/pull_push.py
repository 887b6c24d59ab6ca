"""The commands that move a policies.yaml between a Git repository and a server.

Invariant: a commit that comes from a server names its revision in a trailer; a change that comes from a commit names
the commit in the server's log. Nothing is overwritten that somebody else changed meanwhile.
"""

import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from router.cli.output import print_json
from router.cli.policy.remote.admin_client import POLICIES, AdminClient
from router.cli.policy.remote.repository import BY, EVENT, REVISION, Repository
from router.config.files.atomic_write import replace_file
from router.errors import BadRequest, ConfigError, Conflict, Problem
from router.policy.replay.report.summary import in_words


def pull(file: Path, client: AdminClient, *, commit: bool) -> None:
    """Write what is in force to the file; with `commit`, each revision since the last that a commit names."""
    repository, console = Repository(file), _console()
    if repository.exists and file.exists() and repository.edited:
        raise Conflict(f"{file} has edits that are not committed: commit or stash them first.")
    if not commit:
        text = client.get(POLICIES).body
        same = file.exists() and file.read_bytes() == text
        replace_file(file, text)
        console.print(f"{file} is {'already ' if same else 'now '}what {client.server} has in force", markup=False)
        return
    if not repository.exists:
        raise BadRequest(f"{file} is in no Git repository: `git init`, or leave out --commit.")
    events = client.get(f"{POLICIES}/log").json["data"][::-1]
    since = repository.last_event()
    later = [event for event in events if event["seq"] > since]
    for event in later:
        replace_file(file, client.get(f"{POLICIES}/{event['seq']}").body)
        message = event["because"] or f"Policies {event['revision']}, {event['kind'].replace('_', ' ')}"
        trailers = {REVISION: event["revision"], EVENT: str(event["seq"]), BY: event["by"]}
        name = repository.commit(message, trailers, event["time"])
        console.print(f"{name}  {event['revision']}  {message}", markup=False)
    if not later:
        console.print("nothing new: every revision of the server is committed")


def push(file: Path, client: AdminClient, because: str, *, commit: str | None, candidate: bool, as_json: bool) -> None:
    """Put the file in force, or up as a candidate; with `commit`, it is committed with the revision that it got."""
    text, repository = _read(file), Repository(file)
    if commit is not None and not repository.exists:
        raise BadRequest(f"{file} is in no Git repository: `git init`, or leave out --commit.")
    standing = client.get(POLICIES)
    if standing.body == text and not candidate:
        _console().print(f"nothing to push: {client.server} has it in force")
        return
    why = {"because": because or commit or _from_commit(repository)}
    if candidate:
        event = client.send("POST", f"{POLICIES}/candidates", text, why).json
        revision, seq = event["candidate"], ""
    else:
        event = client.send("PUT", POLICIES, text, why, standing.etag).json
        revision, seq = event["revision"], str(event["seq"])
    if commit is not None:
        event["commit"] = repository.commit(commit, {REVISION: revision, EVENT: seq})
    if as_json:
        print_json(event)
    else:
        _tell(event, revision, client.server, candidate=candidate)


def drift(file: Path, client: AdminClient, *, as_json: bool) -> None:
    """Say whether the server has the file in force, and what it would change; exit code 1 where it would."""
    text, standing = _read(file), client.get(POLICIES)
    if standing.body == text:
        if as_json:
            print_json({"drift": False, "etag": standing.etag})
        else:
            _console().print(f"no drift: {client.server} has {file} in force", markup=False)
        return
    proposal = client.send("POST", f"{POLICIES}/replay", text, {}).json
    if as_json:
        print_json({"drift": True, "etag": standing.etag, **proposal})
    else:
        console = _console()
        console.print(f"drift: {client.server} has {proposal['previous']} in force, not {file}", markup=False)
        for line in proposal["differences"] or ("no difference in meaning",):
            console.print(f"  {line}", markup=False)
        if proposal["replay"]:
            console.print(f"pushing it: {in_words(proposal['replay'])}", markup=False)
    sys.exit(1)


def _from_commit(repository: Repository) -> str:
    """Why, by the commit that the file is of; nothing where it has other words by now."""
    commit = repository.last_commit() if repository.exists and not repository.edited else None
    return f"{commit.subject} (commit {commit.name})" if commit else ""


def _tell(event: dict[str, Any], revision: str, server: str, *, candidate: bool) -> None:
    console = _console()
    what = "is put up as a candidate beside what is in force at" if candidate else "is in force at"
    console.print(f"revision {revision} {what} {server}", markup=False)
    for line in event.get("differences") or ("no difference in meaning",):
        console.print(f"  {line}", markup=False)
    if event.get("replay"):
        console.print(f"promised  {in_words(event['replay'])}", markup=False)
    if "commit" in event:
        console.print(f"committed as {event['commit']}", markup=False)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError([Problem(f"{file}:1:1", f"cannot be read: {error.strerror}")]) from None


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)
