"""Notes of what was changed on the way to a backend, and of what it says that is not taken at its word.

Invariant: a note is one short printable line, whatever the backend said.
"""

from providers.upstream.failures import plain
from router.types import NoteKind

MOST_DETAIL = 80


def note(kind: NoteKind, detail: object) -> str:
    """`kind:detail`."""
    return f"{kind}:{plain(str(detail), MOST_DETAIL)}"
