"""The Git repository around a file: what is committed of it, and which revisions its commits name.

Invariant: only the named file is committed, and a file with edits that are not committed is never overwritten.
"""

import subprocess
from pathlib import Path
from typing import NamedTuple

from router.errors import Conflict

REVISION, EVENT, BY = "Fungible-Revision", "Fungible-Event", "Fungible-By"
TIMEOUT_S = 60


class Commit(NamedTuple):
    """A commit: the first digits of its name, and its first line."""

    name: str
    subject: str


class Repository:
    """The repository that a file is in, if it is in one."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._folder = file.parent.resolve()

    @property
    def exists(self) -> bool:
        """Whether the file's folder is in a repository."""
        return self._git("rev-parse", "--is-inside-work-tree") == "true"

    @property
    def edited(self) -> bool:
        """Whether the file has edits that are not committed, or was never committed."""
        return bool(self._git("status", "--porcelain", "--", self.file.name))

    def last_commit(self) -> Commit | None:
        """The last commit of the file."""
        name, _, subject = self._git("log", "-1", "--format=%h %s", "--", self.file.name).partition(" ")
        return Commit(name, subject) if name else None

    def last_event(self) -> int:
        """The number in a server's log that the last commit with a trailer names; 0 where none does."""
        form = f"--format=%(trailers:key={EVENT},valueonly)"
        said = self._git("log", "-1", f"--grep=^{EVENT}: ", form, "--", self.file.name)
        return int(said) if said.isdigit() else 0

    def commit(self, message: str, trailers: dict[str, str], date: str = "") -> str:
        """Commit the file as it is, with trailers; gives the commit's name. Raises Conflict with Git's own words."""
        lines = "\n".join(f"{name}: {value}" for name, value in trailers.items() if value)
        dated = ("--date", date) if date else ()
        self._done("add", "--", self.file.name)
        body = f"{message.strip() or 'Policies'}\n\n{lines}"
        self._done("commit", "--quiet", "--allow-empty", *dated, "-m", body, "--", self.file.name)
        return self._git("rev-parse", "--short", "HEAD")

    def _git(self, *words: str) -> str:
        """What Git says; nothing where it fails, or is not there."""
        try:
            ran = self._run(*words)
        except OSError:
            return ""
        return ran.stdout.strip() if ran.returncode == 0 else ""

    def _done(self, *words: str) -> None:
        ran = self._run(*words)
        if ran.returncode:
            raise Conflict(f"git {words[0]}: {(ran.stderr or ran.stdout).strip()}")

    def _run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        command = ["git", "-C", str(self._folder), *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)  # noqa: S603
